import { isEngineError } from '../../contracts/errors.js';
import type { NewEvent, Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import { engineId, quarantineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { sealBody } from '../../stores/vault/sealing.js';
import type { DataKey, Vault } from '../../stores/vault/vault.port.js';
import { engineEvent } from '../engine-event.js';
import type { Refusal } from './candidate.js';
import type { Receipt } from './receipts.js';

export interface QuarantineDeps {
  readonly eventStore: EventStore;
  readonly vault: Vault;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface QuarantineContext {
  readonly workspace: string;
  readonly source: string;
  readonly actor: string;
  readonly receivedAt: string;
  readonly lookUpKey: Uint8Array;
  /** Gets a receipt for each refusal. */
  readonly receipts: Map<number, Receipt>;
}

interface Entry {
  readonly refusal: Refusal;
  readonly id: string;
}

/** Keeps each refused entry in a stream of its own, sealed with a key of its own; one that is kept already stays as it is. */
export async function quarantineRefusals(
  deps: QuarantineDeps,
  refusals: readonly Refusal[],
  context: QuarantineContext,
): Promise<void> {
  if (refusals.length === 0) return;
  const { workspace, source, lookUpKey } = context;
  const entries = refusals.map((refusal): Entry => {
    if (refusal.keptAs !== undefined) return { refusal, id: refusal.keptAs };
    const bodyHash = keyedHash(lookUpKey, 'body', refusal.came ?? refusal.raw);
    return { refusal, id: quarantineId(workspace, source, refusal.messageId ?? '', bodyHash) };
  });
  const sealed = entries.filter(({ refusal }) => keepsBody(refusal));
  const keys = await deps.vault.ensureKeys(workspace, [...new Set(sealed.map(({ id }) => `quarantine/${id}`))]);
  await Promise.all(
    entries.map(async ({ refusal, id }) => {
      const position = await keep(deps, { refusal, id }, { ...context, key: keys.get(`quarantine/${id}`) });
      context.receipts.set(refusal.index, receiptOf(refusal, id, position));
    }),
  );
}

async function keep(
  deps: QuarantineDeps,
  entry: Entry,
  context: QuarantineContext & { readonly key: DataKey | undefined },
): Promise<Position> {
  const stream = streamName('quarantine', context.workspace, entry.id);
  // The key was destroyed: the entry was about someone who was erased, or has ended.
  if (context.key === undefined && keepsBody(entry.refusal)) return lastPosition(deps.eventStore, stream);
  try {
    const { position } = await deps.eventStore.append(stream, 'no_stream', [receivedEvent(deps, entry, context)]);
    return position;
  } catch (error) {
    if (isEngineError(error, 'wrong_expected_revision')) return lastPosition(deps.eventStore, stream);
    throw error;
  }
}

function receivedEvent(
  deps: QuarantineDeps,
  { refusal, id }: Entry,
  context: QuarantineContext & { readonly key: DataKey | undefined },
): NewEvent {
  const eventId = engineId('quarantine.received', id);
  const { code, detail, pointer, messageId, raw, line, type, planned } = refusal;
  const fields = {
    plain: {
      kind: 'ingest',
      source: context.source,
      code,
      detail,
      bytes: Buffer.byteLength(raw),
      ...(pointer === undefined ? {} : { pointer }),
      ...(line === undefined ? {} : { line }),
      ...(type === undefined ? {} : { event_type: type }),
      ...(planned === undefined ? {} : { violations: planned.violations }),
    },
    hashes: {},
    direct: keepsBody(refusal) ? { body: raw, ...(messageId === undefined ? {} : { message_id: messageId }) } : {},
    quasi: {},
  };
  const { workspace, actor, receivedAt: at } = context;
  const data = sealBody(fields, {
    workspace,
    subject: `quarantine/${id}`,
    eventId,
    key: context.key,
    randomBytes: deps.randomBytes,
  });
  return engineEvent({ id: eventId, type: 'quarantine.received', data, workspace, actor, at });
}

/** Of someone who was erased only the fact is kept that something came: whoever sent it has it, and sends it again when they come back. */
function keepsBody({ code }: Refusal): boolean {
  return code !== 'customer_erased' && code !== 'identifier_erased';
}

async function lastPosition(eventStore: EventStore, stream: string): Promise<Position> {
  for await (const event of eventStore.readStream(stream, { direction: 'backwards', limit: 1 })) return event.position;
  return eventStore.head();
}

function receiptOf(refusal: Refusal, id: string, position: Position): Receipt {
  const { code, detail, pointer, messageId, line, planned } = refusal;
  return {
    status: 'quarantined',
    event_id: id,
    code,
    detail,
    position,
    ...(messageId === undefined ? {} : { message_id: messageId }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(line === undefined ? {} : { line }),
    ...(planned === undefined || planned.warnings.length === 0 ? {} : { warnings: planned.warnings }),
  };
}
