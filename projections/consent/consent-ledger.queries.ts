import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { Position, RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { Json } from '../../contracts/json.js';
import type {
  ConsentLedger,
  ConsentLedgerEntry,
  ConsentLedgerQuestion,
} from '../../contracts/read-models/consent-ledger.port.js';
import { maskValue } from '../../domain/identity/masking.js';
import type { Decoder } from '../../runtime/decode.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { customerSubject } from '../../stores/vault/subjects.js';

export interface ConsentLedgerDeps {
  readonly eventStore: EventStore;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
  /** Everyone who is the same person, the customer included; absent: the customer alone. */
  readonly clusterOf?: (workspace: string, customerId: string) => Promise<readonly string[]>;
}

const PREFIX = 'consent.';
const PERSONAL = ['ip', 'recorded_by', 'evidence', 'reason'] as const;

/** The ledger as a backward read of the customer's streams: no projection of its own. */
export function createConsentLedger(deps: ConsentLedgerDeps): ConsentLedger {
  async function entryOf(event: DecodedEvent, workspace: string, disclosure: ConsentLedgerQuestion['disclosure']) {
    const customer = event.stream.id;
    const fields = PERSONAL.filter((field) => event.direct[field] !== undefined);
    const references = fields.flatMap((field) => event.direct[field] ?? []);
    const owner = { workspace, subject: customerSubject(customer) };
    const values = references.length === 0 ? [] : await deps.direct.openDirect(references, owner);
    const shown = fields.flatMap((field, index) => {
      const value = values[index];
      return value === undefined ? [] : [[field, disclosure === 'revealed' ? value : maskValue(value)] as const];
    });
    return plainEntry(event, Object.fromEntries(shown));
  }

  return {
    async read(workspace, customerId, { disclosure, limit = Infinity, before }) {
      const members = (await deps.clusterOf?.(workspace, customerId)) ?? [customerId];
      const walks = members.map((member) => consentEvents(deps.eventStore, streamName('customer', workspace, member)));
      const until = before === undefined ? undefined : BigInt(before);
      const found: RecordedEvent[] = [];
      for await (const event of newestFirst(walks)) {
        if (until !== undefined && event.position >= until) continue;
        found.push(event);
        if (found.length > limit) break;
      }
      const page = found.slice(0, Math.min(found.length, limit));
      const decoded = await deps.decoder.decode(page, { opensQuasi: false });
      const entries = await Promise.all(
        decoded.flatMap((result) => (result.ok ? [entryOf(result.event, workspace, disclosure)] : [])),
      );
      const last = page.at(-1);
      return { entries, next: found.length > page.length && last !== undefined ? String(last.position) : null };
    },
  };
}

function plainEntry({ id, type, stream, data, metadata }: DecodedEvent, personal: Texts): ConsentLedgerEntry {
  return {
    event_id: id,
    qontak_customer_id: stream.id,
    what: type.slice(PREFIX.length),
    channel: textOf(data['channel']),
    purpose: textOf(data['purpose']),
    at: metadata.occurred_at,
    recorded_at: metadata.received_at,
    source: metadata.source,
    actor: metadata.actor,
    ...textsOf(data, ['via', 'method', 'wording_version', 'request_id']),
    ...textsOf(personal, PERSONAL),
  };
}

type Texts = Readonly<Record<string, Json>>;

function textsOf(values: Texts, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name): readonly (readonly [string, string])[] => {
      const value = values[name];
      return value === undefined ? [] : [[name, textOf(value)]];
    }),
  );
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

async function* consentEvents(eventStore: EventStore, stream: string): AsyncGenerator<RecordedEvent, undefined> {
  for await (const event of eventStore.readStream(stream, { direction: 'backwards' })) {
    if (event.type.startsWith(PREFIX)) yield event;
  }
}

/** Several streams as one, in log order backwards. */
async function* newestFirst(
  walks: readonly AsyncGenerator<RecordedEvent, undefined>[],
): AsyncGenerator<RecordedEvent, undefined> {
  const heads = await Promise.all(walks.map(async (walk) => ({ walk, event: await nextOf(walk) })));
  try {
    for (;;) {
      const newest = heads.reduce((best, head) => (positionOf(head) > positionOf(best) ? head : best));
      if (newest.event === null) return;
      yield newest.event;
      newest.event = await nextOf(newest.walk);
    }
  } finally {
    await Promise.all(walks.map((walk) => walk.return(undefined)));
  }
}

function positionOf({ event }: { readonly event: RecordedEvent | null }): Position {
  return event?.position ?? -1n;
}

async function nextOf(walk: AsyncGenerator<RecordedEvent, undefined>): Promise<RecordedEvent | null> {
  const next = await walk.next();
  return next.done === true ? null : next.value;
}
