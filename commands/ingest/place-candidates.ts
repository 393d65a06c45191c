import type { NewEvent } from '../../contracts/events/event.js';
import { parseStreamName, streamName } from '../../contracts/events/streams.js';
import type { Identifier } from '../../domain/identity/identifiers.js';
import type { IdentifiedFact, OwnerDecision } from '../../domain/identity/owner.decider.js';
import type { EventPin, EventPins } from '../../stores/event-store/event-pins.port.js';
import { customerSubject, subjectOfStream } from '../../stores/vault/subjects.js';
import type { DataKey, Vault } from '../../stores/vault/vault.port.js';
import type { StreamWriter } from '../stream-writer.js';
import { identifiedEvent, moduleEvent, type BuildContext } from './build-events.js';
import type { Candidate, Refusal } from './candidate.js';
import type { IdentityIndex } from './identity-index.js';
import type { KnownEvent } from './known-events.js';
import type { RecordedSets } from './recorded-sets.js';
import { resolveCustomers, type ResolveContext } from './resolve-customers.js';
import { storeGroups, type StreamGroup } from './store-groups.js';

export interface PlaceDeps {
  readonly pins: EventPins;
  readonly vault: Vault;
  readonly writer: StreamWriter;
  readonly identities: IdentityIndex;
  readonly recordedSets: RecordedSets;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface PlaceContext extends Omit<BuildContext, 'randomBytes'>, Pick<ResolveContext, 'erasedIdentifiers'> {
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
  /** Absent for an event that concerns no customer. */
  readonly customerId?: string;
  readonly stream: string;
  /** Whose key seals it. */
  readonly subject: string;
  /** What to record about its identifiers beside it. */
  readonly facts: readonly IdentifiedFact<Identifier>[];
}

/** Gives events that are stored nowhere yet to their customers, or to the thing that they are about: resolve ▸ pin ▸ keys ▸ seal ▸ append. */
export async function placeCandidates(
  deps: PlaceDeps,
  candidates: readonly Candidate[],
  context: PlaceContext,
): Promise<Placement> {
  const { ofCustomers, others: ofOthers, refused } = sortByConcern(candidates, context.pinned);
  const namedSubjects = new Set<string>();
  for (const { named: id } of ofCustomers) if (id !== undefined) namedSubjects.add(customerSubject(id));
  const namedKeys = await keysOf(deps.vault, context.workspace, namedSubjects);
  const isOpen = ({ named: id }: Candidate): boolean => id === undefined || namedKeys.has(customerSubject(id));
  refused.push(...ofCustomers.filter((candidate) => !isOpen(candidate)).map(erasedRefusal));

  const { decisions, erased } = await resolveCustomers(deps.identities, ofCustomers.filter(isOpen), context);
  refused.push(...erased.map(identifierRefusal));
  const planned = [...(await plan(deps, decisions, context.workspace)), ...ofOthers];
  const { fresh, standing } = await pinAll(deps, planned);
  const others = new Set<string>();
  for (const { subject } of planned) if (!namedKeys.has(subject)) others.add(subject);
  const otherKeys = await keysOf(deps.vault, context.workspace, others);
  const keys = otherKeys.size === 0 ? namedKeys : new Map([...namedKeys, ...otherKeys]);

  const pinnedBefore = new Set(Array.from(context.pinned.keys(), ({ eventId }) => eventId));
  // A pin that somebody else made a moment ago: the event may be on its way, and is looked for before it is placed.
  const isPlaceable = ({ candidate: { eventId }, stream }: Planned): boolean =>
    standing.get(eventId)?.stream === stream && (fresh.has(eventId) || pinnedBefore.has(eventId));
  const placeable = planned.filter(isPlaceable);
  const keyed = placeable.filter(({ subject }) => keys.has(subject));
  const ofErased = placeable.filter(({ subject }) => !keys.has(subject)).map(({ candidate }) => candidate);
  refused.push(...ofErased.map(erasedRefusal));
  // Another process may have released them meanwhile.
  for (const { identifiers } of ofErased) deps.identities.forget(context.workspace, hashesOf(identifiers));
  const groups = groupByStream(keyed, { ...context, keys, fresh, standing, randomBytes: deps.randomBytes });
  const { stored, taken } = await storeGroups(deps.writer, groups);
  for (const { eventId } of keyed.flatMap(({ facts }) => facts)) if (stored.has(eventId)) deps.recordedSets.add(eventId);

  const results = new Map<Candidate, KnownEvent>();
  for (const { candidate, customerId } of keyed) {
    const at = stored.get(candidate.eventId);
    if (at !== undefined) results.set(candidate, { customerId, at });
  }
  const movedElsewhere = planned.filter((entry) => !isPlaceable(entry)).map(({ candidate }) => candidate);
  const takenIds = new Set(taken);
  return {
    stored: results,
    refused,
    again: [...movedElsewhere, ...keyed.map(({ candidate }) => candidate).filter(({ eventId }) => takenIds.has(eventId))],
  };
}

/** A candidate that was pinned before stays where its pin says; one whose id was pinned for something of another kind cannot. */
function sortByConcern(
  candidates: readonly Candidate[],
  pinned: PlaceContext['pinned'],
): { readonly ofCustomers: readonly Candidate[]; readonly others: readonly Planned[]; readonly refused: Refusal[] } {
  const ofCustomers: Candidate[] = [];
  const others: Planned[] = [];
  const refused: Refusal[] = [];
  for (const candidate of candidates) {
    const pinnedName = pinned.get(candidate);
    const pin = pinnedName === undefined ? null : parseStreamName(pinnedName);
    const stream = candidate.stream === undefined ? null : parseStreamName(candidate.stream);
    if (pin !== null && pin.category !== (stream?.category ?? 'customer')) refused.push(otherKindRefusal(candidate));
    else if (stream === null) ofCustomers.push(pin === null ? candidate : { ...candidate, named: pin.id });
    else {
      const at = pin ?? stream;
      others.push({
        candidate,
        stream: streamName(at.category, at.workspace, at.id),
        subject: subjectOfStream(at),
        facts: [],
      });
    }
  }
  return { ofCustomers, others, refused };
}

async function keysOf(vault: Vault, workspace: string, subjects: ReadonlySet<string>): Promise<ReadonlyMap<string, DataKey>> {
  return subjects.size === 0 ? new Map() : vault.ensureKeys(workspace, [...subjects]);
}

async function plan(
  deps: PlaceDeps,
  decisions: ReadonlyMap<Candidate, OwnerDecision<Identifier>>,
  workspace: string,
): Promise<readonly Planned[]> {
  const wanted = [...decisions.values()].flatMap(({ identified }) => identified.map(({ eventId }) => eventId));
  const unknown = await deps.recordedSets.missing(wanted);
  return [...decisions].map(([candidate, decision]) => {
    const { customerId } = decision;
    const stream = streamName('customer', workspace, customerId);
    if (decision.how === 'minted') deps.writer.assumeNew(stream);
    // Once a request: the first event that names the set records it.
    const facts = decision.identified.filter(({ eventId }) => unknown.delete(eventId));
    return { candidate, customerId, stream, subject: customerSubject(customerId), facts };
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
    for (const { candidate, subject, facts } of entries) {
      const owner = { subject, key: context.keys.get(subject) };
      events.push(moduleEvent(candidate, owner, context));
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
  const detail = 'expected a customer whose data may be stored, found one who was erased';
  return { ...entryOf(candidate), code: 'customer_erased', detail };
}

function otherKindRefusal(candidate: Candidate): Refusal {
  const detail = 'expected a message id of its own, found one that was sent with an event of another kind';
  return { ...entryOf(candidate), code: 'message_id_invalid', detail, pointer: '/message_id' };
}

function entryOf({ index, messageId, raw, came, keptAs }: Candidate): Omit<Refusal, 'code' | 'detail'> {
  return { index, messageId, raw, came, keptAs };
}

/** The identifier is known by its keyed hash only; who had it is not. */
function identifierRefusal({ index, messageId, raw }: Candidate): Refusal {
  const detail = 'expected identifiers of people who were not erased, found one of somebody who was and is not let back in';
  return { index, messageId, code: 'identifier_erased', detail, raw };
}

function hashesOf(identifiers: readonly Identifier[]): readonly string[] {
  return identifiers.map(({ hash }) => hash);
}
