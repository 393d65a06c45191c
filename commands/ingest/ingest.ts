import { EngineError } from '../../contracts/errors.js';
import { isoInstant, type Clock } from '../../runtime/clock.js';
import type { EventPin, EventPins } from '../../stores/event-store/event-pins.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import type { StreamWriter } from '../stream-writer.js';
import type { Admission } from './admission.js';
import type { Candidate, Refusal } from './candidate.js';
import type { InFlight } from './in-flight.js';
import type { IdentityIndex } from './identity-index.js';
import type { IngestMetrics } from './ingest-metrics.js';
import { createPace } from './pace.js';
import type { RecordedSets } from './recorded-sets.js';
import { findPinned, type KnownEvent } from './known-events.js';
import { placeCandidates } from './place-candidates.js';
import { latestTime, prepareEntry, type IntakePolicy, type RawEntry } from './prepare-entry.js';
import { quarantineRefusals } from './quarantine.js';
import { createTurns, EVENTS_AT_ONCE } from './turns.js';
import { answerOf, type IngestAnswer, type Receipt } from './receipts.js';

export interface IngestDeps {
  readonly eventStore: EventStore;
  readonly pins: EventPins;
  readonly vault: Vault;
  readonly writer: StreamWriter;
  readonly identities: IdentityIndex;
  readonly recordedSets: RecordedSets;
  readonly admission: Admission;
  readonly inFlight: InFlight;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly policyOf: (workspace: string, source: string) => Promise<IntakePolicy>;
  /** What requests are refused with from the start, before anything is noted of events that could not be stored; null: nothing. */
  readonly refusal?: () => EngineError | null;
}

export interface IngestRequest {
  readonly workspace: string;
  readonly source: string;
  readonly actor: string;
  readonly entries: readonly RawEntry[];
  /** Size of the request's body. */
  readonly bytes: number;
  /** The import that the entries belong to, when they are history. */
  readonly backfill?: string;
  readonly traceparent?: string;
}

/** Takes the entries of one request: each is stored, known already, or kept in quarantine when this resolves. */
export type Ingest = (request: IngestRequest) => Promise<IngestAnswer>;

const ATTEMPTS = 4;

/**
 * The way of an event into the log, per request: look the ids up ▸ resolve identity ▸ pin ▸ make keys durable ▸ seal ▸ append.
 * Errors: `overloaded`, and what a store throws when an entry could not be durably decided; then sending the request again is safe.
 */
export function createIngest(deps: IngestDeps): Ingest {
  const pace = createPace();
  const turns = createTurns(EVENTS_AT_ONCE);
  return (request) => {
    const refused = deps.refusal?.() ?? null;
    if (refused !== null) return Promise.reject(refused);
    const events = request.entries.length;
    const begin = (): Promise<IngestAnswer> => {
      const turn = pace.begin(events);
      return turn === undefined ? ingest(deps, request) : turn.then(() => ingest(deps, request));
    };
    return deps.admission.run({ events, bytes: request.bytes }, () => turns.take(events, begin));
  };
}

async function ingest(deps: IngestDeps, request: IngestRequest): Promise<IngestAnswer> {
  if (request.entries.length === 0) return { receipts: [], position: await deps.eventStore.head() };
  const now = deps.clock();
  const receivedAt = isoInstant(now);
  const context = { ...request, receivedAt };
  const policy = await deps.policyOf(request.workspace, request.source);
  const lookUpKey = await deps.vault.secret(request.workspace, 'look_up');
  const refusals: Refusal[] = [];
  const first = new Map<string, Candidate>();
  const repeats: Candidate[] = [];
  const { workspace, source } = request;
  const preparing = { receivedAt, latest: latestTime(now), policy, lookUpKey, workspace, source };
  for (const [index, entry] of request.entries.entries()) {
    const prepared = prepareEntry(entry, { ...preparing, index });
    if ('code' in prepared) refusals.push(prepared);
    else if (first.has(prepared.eventId)) repeats.push(prepared);
    else first.set(prepared.eventId, prepared);
  }

  const receipts = new Map<number, Receipt>();
  await deps.inFlight.during([...first.keys()], () =>
    decideAll(deps, [...first.values()], {
      ...context,
      erasedIdentifiers: policy.erasedIdentifiers ?? 'refuse',
      receipts,
      refusals,
    }),
  );
  await quarantineRefusals(deps, refusals, { ...context, lookUpKey, receipts });
  for (const repeat of repeats) {
    const original = receipts.get(first.get(repeat.eventId)?.index ?? -1);
    if (original !== undefined)
      receipts.set(repeat.index, original.status === 'accepted' ? { ...original, status: 'duplicate' } : original);
  }
  const answer = answerOf(receipts);
  deps.metrics.count(request.source, answer.receipts);
  const violations = violationsIn(first.values(), receipts);
  if (violations > 0) deps.metrics.violations(request.source, violations);
  return answer;
}

function violationsIn(candidates: Iterable<Candidate>, receipts: ReadonlyMap<number, Receipt>): number {
  let fields = 0;
  for (const { index, violations } of candidates) if (receipts.get(index)?.status === 'accepted') fields += violations;
  return fields;
}

interface OpenContext extends IngestRequest {
  readonly erasedIdentifiers: NonNullable<IntakePolicy['erasedIdentifiers']>;
  readonly receivedAt: string;
  readonly receipts: Map<number, Receipt>;
  readonly refusals: Refusal[];
}

async function decideAll(deps: IngestDeps, candidates: readonly Candidate[], context: OpenContext): Promise<void> {
  let open = candidates;
  for (let attempt = 0; open.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) {
      throw new EngineError(
        'store_unavailable',
        `expected to store ${String(open.length)} events within ${String(ATTEMPTS)} attempts, found other writers first`,
      );
    }
    open = await decideOpen(deps, open, context);
  }
}

/** Decides what can be decided now; answers the candidates that another writer got in the way of. */
async function decideOpen(deps: IngestDeps, open: readonly Candidate[], context: OpenContext): Promise<readonly Candidate[]> {
  const pins = await deps.pins.lookUp(open.map(({ eventId }) => eventId));
  const pinned = new Map<Candidate, string>();
  const known = new Set<Candidate>();
  const find = async (candidate: Candidate, pin: EventPin): Promise<void> => {
    if (pin.body_hash !== undefined && pin.body_hash !== candidate.bodyHash) deps.metrics.bodyDiffers(context.source);
    pinned.set(candidate, pin.stream);
    const at = await findPinned(deps.eventStore, pin);
    if (at === null) return;
    known.add(candidate);
    context.receipts.set(candidate.index, receiptOf('duplicate', candidate, at));
  };
  if (pins.size > 0) {
    await Promise.all(
      open.flatMap((candidate) => {
        const pin = pins.get(candidate.eventId);
        return pin === undefined ? [] : [find(candidate, pin)];
      }),
    );
  }
  const rest = known.size === 0 ? open : open.filter((candidate) => !known.has(candidate));
  if (rest.length === 0) return [];
  const { stored, again, refused } = await placeCandidates(deps, rest, { ...context, pinned });
  context.refusals.push(...refused);
  for (const [candidate, at] of stored) {
    context.receipts.set(candidate.index, receiptOf(at.at.duplicate ? 'duplicate' : 'accepted', candidate, at));
  }
  return again;
}

function receiptOf(status: 'accepted' | 'duplicate', candidate: Candidate, known: KnownEvent): Receipt {
  return {
    status,
    message_id: candidate.messageId,
    event_id: candidate.eventId,
    ...(known.customerId === undefined ? {} : { qontak_customer_id: known.customerId }),
    position: known.at.position,
    ...(status === 'duplicate' || candidate.planned.warnings.length === 0 ? {} : { warnings: candidate.planned.warnings }),
  };
}
