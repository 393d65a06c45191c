import type { RecordedEvent, SealedPart } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { Json } from '../../contracts/json.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openPart } from '../../stores/vault/sealing.js';
import { customerSubject } from '../../stores/vault/subjects.js';
import type { Vault } from '../../stores/vault/vault.port.js';

/** What the stream of one customer tells about what is kept of them elsewhere. */
export interface PersonTrace {
  readonly customerId: string;
  /** The last revision; -1n: there is no such customer. */
  readonly head: bigint;
  /** Keyed hashes of all identifiers that were ever seen on the customer. */
  readonly hashes: ReadonlySet<string>;
  /** Values of identifiers; empty once the key is destroyed. */
  readonly identifiers: ReadonlySet<string>;
  /** Every other personal text; empty once the key is destroyed. */
  readonly texts: ReadonlySet<string>;
  /** How many messages each provider took. */
  readonly sent: ReadonlyMap<string, number>;
  /** The last `customer.erased`, unless the customer was reopened behind it. */
  readonly erased?: RecordedEvent;
  /** The revision of the last `customer.reopened`; -1n when there is none. */
  readonly reopened: bigint;
  /** Requests to be erased that were neither carried out nor declined, oldest first. */
  readonly requests: readonly string[];
}

export interface TraceDeps {
  readonly eventStore: EventStore;
  readonly vault: Pick<Vault, 'openKeys'>;
}

/** Reads the whole stream of a customer, with its sealed values where they still open. */
export async function traceCustomer(deps: TraceDeps, workspace: string, customerId: string): Promise<PersonTrace> {
  let head = -1n;
  let reopened = -1n;
  let erased: RecordedEvent | undefined;
  const hashes = new Set<string>();
  const identifiers = new Set<string>();
  const texts = new Set<string>();
  const sent = new Map<string, number>();
  const requests = new Set<string>();
  for await (const event of deps.eventStore.readStream(streamName('customer', workspace, customerId))) {
    head = event.revision;
    for (const hash of Object.values(event.data.hashes)) hashes.add(hash);
    const provider = event.data.plain['provider'];
    if (event.type === 'campaign.message_sent' && typeof provider === 'string') sent.set(provider, (sent.get(provider) ?? 0) + 1);
    if (event.type === 'customer.erase_requested') requests.add(event.id);
    const { request } = event.data.plain;
    if (event.type === 'customer.erase_declined' && typeof request === 'string') requests.delete(request);
    if (event.type === 'customer.erased') {
      erased = event;
      requests.clear();
    } else if (event.type === 'customer.reopened') {
      erased = undefined;
      reopened = event.revision;
    }
    for (const part of event.data.sealed) {
      if (part.class !== 'direct') continue;
      for (const [field, value] of Object.entries(await opened(deps, { event, part, workspace, customerId }))) {
        const isIdentifier = Object.hasOwn(event.data.hashes, field);
        for (const text of textsIn(value)) (isIdentifier ? identifiers : texts).add(text);
      }
    }
  }
  const life = { ...(erased === undefined ? {} : { erased }), reopened };
  return { customerId, head, hashes, identifiers, texts, sent, ...life, requests: [...requests] };
}

interface Sealed {
  readonly event: RecordedEvent;
  readonly part: SealedPart;
  readonly workspace: string;
  readonly customerId: string;
}

async function opened(deps: TraceDeps, { event, part, workspace, customerId }: Sealed): Promise<ReturnType<typeof openPart>> {
  const key = (await deps.vault.openKeys([part.key_id])).get(part.key_id);
  if (!(key instanceof Uint8Array)) return {};
  return openPart(part, key, { workspace, subject: customerSubject(customerId), eventId: event.id });
}

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (typeof value !== 'object') return [];
  return Object.values(value).flatMap((inner: Json) => textsIn(inner));
}
