import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { VaultEntrySource } from '../../stores/vault/vault-entries.port.js';
import { type PortableEvent, portableEvents, walkedLog } from './portable-event.js';
import type { PositionKind } from './position-trail.js';

/** A log and its vault, to be copied: in stores, or in a backup. */
export interface CopySource {
  /** Of the log. */
  readonly storeId: string;
  readonly positions: PositionKind;
  /** Where the last event stands; `place` of the events grows up to it. */
  readonly head: bigint;
  /** All events up to the head, in order; each call begins anew. */
  events(): AsyncIterable<PortableEvent>;
  readonly vault: VaultEntrySource;
}

/** What is copied out of stores: the log up to where it ends now. Its vault is read behind it, so that it holds every key that the log names. */
export async function storesAsSource(stores: {
  readonly log: Pick<EventStore, 'id' | 'head' | 'readAll'>;
  readonly positions: PositionKind;
  readonly vault: VaultEntrySource;
}): Promise<CopySource> {
  const { log, positions, vault } = stores;
  const head = await log.head();
  return { storeId: log.id, positions, head, vault, events: () => eventsUpTo(head, walkedLog(log, positions)) };
}

async function* eventsUpTo(head: bigint, walked: ReturnType<typeof walkedLog>): AsyncGenerator<PortableEvent> {
  if (head < 0n) return;
  for await (const event of portableEvents(walked)) {
    if (event.place > head) return;
    yield event;
    if (event.place === head) return;
  }
}
