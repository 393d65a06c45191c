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

export interface PlaceContext extends Omit<BuildContext, 'key' | 'randomBytes' | 'customerId'> {
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
  const namedKeys = await keysOf(
    deps.vault,
    context.workspace,
    new Set(named.flatMap(({ named: id }) => (id === undefined ? [] : [id]))),
  );
  const isOpen = ({ named: id }: Candidate): boolean => id === undefined || namedKeys.has(id);
  const refused = named.filter((candidate) => !isOpen(candidate)).map(erasedRefusal);

  const decisions = await resolveCustomers(deps.identities, named.filter(isOpen), context);
  const planned = await plan(deps, decisions, context.workspace);
  const { fresh, standing } = await pinAll(deps, planned);
  const others = planned.flatMap(({ decision: { customerId } }) => (namedKeys.has(customerId) ? [] : [customerId]));
  const otherKeys = await keysOf(deps.vault, context.workspace, new Set(others));
  const keys = otherKeys.size === 0 ? namedKeys : new Map([...namedKeys, ...otherKeys]);

  const isPlaceable = ({ candidate, stream }: Planned): boolean => standing.get(candidate.eventId)?.stream === stream;
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
  const keys = await vault.ensureKeys(
    workspace,
    [...customers].map((id) => `customer/${id}`),
  );
  return new Map([...keys].map(([subject, key]) => [subject.slice('customer/'.length), key]));
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
  const wanted = planned.flatMap(({ candidate, stream, facts }): readonly EventPin[] => {
    const after = heads.get(stream) ?? -1n;
    const pin = { event_id: candidate.eventId, stream, after, body_hash: candidate.bodyHash };
    return [pin, ...facts.map(({ eventId }) => ({ event_id: eventId, stream, after }))];
  });
  const standing = await deps.pins.pin(wanted);
  const fresh = new Set(wanted.filter((pin) => isSame(pin, standing.get(pin.event_id))).map(({ event_id }) => event_id));
  return { fresh, standing };
}

function isSame(pin: EventPin, standing: EventPin | undefined): boolean {
  return standing !== undefined && standing.stream === pin.stream && standing.after === pin.after;
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
    const events = entries.flatMap(({ candidate, decision, facts }) => {
      const build = { ...context, customerId: decision.customerId, key: context.keys.get(decision.customerId) };
      return [customerEvent(candidate, build), ...facts.map((fact) => identifiedEvent(fact, candidate, build))];
    });
    const afters = events.map(({ id }) => context.standing.get(id)?.after ?? -1n);
    return {
      stream,
      events,
      after: afters.reduce((lowest, after) => (after < lowest ? after : lowest)),
      fresh: events.every(({ id }) => context.fresh.has(id)),
    };
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
