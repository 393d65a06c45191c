import type { NewEvent } from '../../contracts/events/event.js';
import { parseStreamName, streamName } from '../../contracts/events/streams.js';
import type { Identifier } from '../../domain/identity/identifiers.js';
import type { IdentifiedFact, OwnerDecision } from '../../domain/identity/owner.decider.js';
import type { EventPin, EventPins } from '../../stores/event-store/event-pins.port.js';
import type { DataKey, Vault } from '../../stores/vault/vault.port.js';
import type { StreamWriter } from '../stream-writer.js';
import { customerEvent, identifiedEvent, type BuildContext } from './build-events.js';
import type { Candidate, Refusal } from './candidate.js';
import type { IdentityIndex } from './identity-index.js';
import type { KnownEvent } from './known-events.js';
import type { RecordedSets } from './recorded-sets.js';
import { resolveCustomers } from './resolve-customers.js';
import { storeGroups, type StreamGroup } from './store-groups.js';

export interface PlaceDeps {
  readonly pins: EventPins;
  readonly vault: Vault;
  readonly writer: StreamWriter;
  readonly identities: IdentityIndex;
  readonly recordedSets: RecordedSets;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface PlaceContext extends Omit<BuildContext, 'randomBytes'> {
  /** The stream of each candidate that was pinned before and never appended. */
  readonly pinned: ReadonlyMap<Candidate, string>;
}

export interface Placement {
  readonly stored: ReadonlyMap<Candidate, KnownEvent>;
  readonly refused: readonly Refusal[];
  /** Candidates that another writer got in the way of: look their ids up again. */
  readonly again: readonly Candidate[];
}

interface Planned {
  readonly candidate: Candidate;
  readonly decision: OwnerDecision<Identifier>;
  readonly stream: string;
  /** What to record about its identifiers beside it. */
  readonly facts: readonly IdentifiedFact<Identifier>[];
}

/** Gives events that are stored nowhere yet to their customers: resolve ▸ pin ▸ keys ▸ seal ▸ append. */
export async function placeCandidates(
  deps: PlaceDeps,
  candidates: readonly Candidate[],
  context: PlaceContext,
): Promise<Placement> {
  const named = candidates.map((candidate) => withPinnedCustomer(candidate, context.pinned.get(candidate)));
  const namedIds = new Set<string>();
  for (const { named: id } of named) if (id !== undefined) namedIds.add(id);
  const namedKeys = await keysOf(deps.vault, context.workspace, namedIds);
  const isOpen = ({ named: id }: Candidate): boolean => id === undefined || namedKeys.has(id);
  const refused = named.filter((candidate) => !isOpen(candidate)).map(erasedRefusal);

  const decisions = await resolveCustomers(deps.identities, named.filter(isOpen), context);
  const planned = await plan(deps, decisions, context.workspace);
  const { fresh, standing } = await pinAll(deps, planned);
  const others = new Set<string>();
  for (const { decision } of planned) if (!namedKeys.has(decision.customerId)) others.add(decision.customerId);
  const otherKeys = await keysOf(deps.vault, context.workspace, others);
  const keys = otherKeys.size === 0 ? namedKeys : new Map([...namedKeys, ...otherKeys]);

  const pinnedBefore = new Set(Array.from(context.pinned.keys(), ({ eventId }) => eventId));
  // A pin that somebody else made a moment ago: the event may be on its way, and is looked for before it is placed.
  const isPlaceable = ({ candidate: { eventId }, stream }: Planned): boolean =>
    standing.get(eventId)?.stream === stream && (fresh.has(eventId) || pinnedBefore.has(eventId));
  const placeable = planned.filter(isPlaceable);
  const keyed = placeable.filter(({ decision }) => keys.has(decision.customerId));
  refused.push(
    ...placeable.filter(({ decision }) => !keys.has(decision.customerId)).map(({ candidate }) => erasedRefusal(candidate)),
  );
  const groups = groupByStream(keyed, { ...context, keys, fresh, standing, randomBytes: deps.randomBytes });
  const { stored, taken } = await storeGroups(deps.writer, groups);
  for (const { eventId } of keyed.flatMap(({ facts }) => facts)) if (stored.has(eventId)) deps.recordedSets.add(eventId);

  const results = new Map<Candidate, KnownEvent>();
  for (const { candidate, decision } of keyed) {
    const at = stored.get(candidate.eventId);
    if (at !== undefined) results.set(candidate, { customerId: decision.customerId, at });
  }
  const movedElsewhere = planned.filter((entry) => !isPlaceable(entry)).map(({ candidate }) => candidate);
  const takenIds = new Set(taken);
  return {
    stored: results,
    refused,
    again: [...movedElsewhere, ...keyed.map(({ candidate }) => candidate).filter(({ eventId }) => takenIds.has(eventId))],
  };
}

function withPinnedCustomer(candidate: Candidate, stream: string | undefined): Candidate {
  const customer = stream === undefined ? undefined : parseStreamName(stream)?.id;
  return customer === undefined ? candidate : { ...candidate, named: customer };
}

async function keysOf(vault: Vault, workspace: string, customers: ReadonlySet<string>): Promise<ReadonlyMap<string, DataKey>> {
  if (customers.size === 0) return new Map();
  const subjects = Array.from(customers, (id) => `customer/${id}`);
  const keys = new Map<string, DataKey>();
  for (const [subject, key] of await vault.ensureKeys(workspace, subjects)) keys.set(subject.slice('customer/'.length), key);
  return keys;
}

async function plan(
  deps: PlaceDeps,
  decisions: ReadonlyMap<Candidate, OwnerDecision<Identifier>>,
  workspace: string,
): Promise<readonly Planned[]> {
  const wanted = [...decisions.values()].flatMap(({ identified }) => identified.map(({ eventId }) => eventId));
  const unknown = await deps.recordedSets.missing(wanted);
  return [...decisions].map(([candidate, decision]) => {
    const stream = streamName('customer', workspace, decision.customerId);
    if (decision.how === 'minted') deps.writer.assumeNew(stream);
    // Once a request: the first event that names the set records it.
    return { candidate, decision, stream, facts: decision.identified.filter(({ eventId }) => unknown.delete(eventId)) };
  });
}

async function pinAll(
  deps: PlaceDeps,
  planned: readonly Planned[],
): Promise<{ readonly fresh: ReadonlySet<string>; readonly standing: ReadonlyMap<string, EventPin> }> {
  const heads = await deps.writer.heads([...new Set(planned.map(({ stream }) => stream))]);
  const wanted: EventPin[] = [];
  for (const { candidate, stream, facts } of planned) {
    const after = heads.get(stream) ?? -1n;
    wanted.push({ event_id: candidate.eventId, stream, after, body_hash: candidate.bodyHash });
    for (const { eventId } of facts) wanted.push({ event_id: eventId, stream, after });
  }
  const standing = await deps.pins.pin(wanted);
  const fresh = new Set<string>();
  for (const pin of wanted) if (standing.get(pin.event_id) === pin) fresh.add(pin.event_id);
  return { fresh, standing };
}

interface GroupContext extends PlaceContext {
  readonly keys: ReadonlyMap<string, DataKey>;
  readonly fresh: ReadonlySet<string>;
  readonly standing: ReadonlyMap<string, EventPin>;
  readonly randomBytes: (length: number) => Uint8Array;
}

function groupByStream(planned: readonly Planned[], context: GroupContext): readonly StreamGroup[] {
  const groups = new Map<string, Planned[]>();
  for (const entry of planned) {
    const group = groups.get(entry.stream);
    if (group === undefined) groups.set(entry.stream, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([stream, entries]) => {
    const events: NewEvent[] = [];
    for (const { candidate, decision, facts } of entries) {
      const owner = { customerId: decision.customerId, key: context.keys.get(decision.customerId) };
      events.push(customerEvent(candidate, owner, context));
      for (const fact of facts) events.push(identifiedEvent(fact, { candidate, owner }, context));
    }
    let after: bigint | undefined;
    let fresh = true;
    for (const { id } of events) {
      const pinned = context.standing.get(id)?.after ?? -1n;
      if (after === undefined || pinned < after) after = pinned;
      fresh &&= context.fresh.has(id);
    }
    return { stream, events, after: after ?? -1n, fresh };
  });
}

function erasedRefusal(candidate: Candidate): Refusal {
  return {
    index: candidate.index,
    messageId: candidate.messageId,
    code: 'customer_erased',
    detail: 'expected a customer whose data may be stored, found one who was erased',
    raw: candidate.raw,
  };
}
