import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { Position } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';
import { touchedBy } from '../../domain/segment/mentions.js';
import type { Reaction, Reactor, Stimulus } from '../../runtime/reactor.js';
import { createBulkEvaluation } from './bulk-evaluation.js';
import { createChunksInFlight, type ChunksInFlight } from './chunks-in-flight.js';
import { recallChunks } from './recall-chunks.js';
import { decideMembership } from './decide-membership.js';
import { createDueWork } from './due-work.js';
import { isBehind, type MembershipState, type Said, untouched, withChanges } from './membership-state.js';
import { programsOf, type SegmentProgram } from './segment-programs.js';
import { sharedSegments, type SharedSegments, zoneIn } from './shared-segments.js';
import { transitionEvent } from './transition-events.js';

/** Who is in which segment, decided beside the profiles. */
export type MembershipReactor = Reactor<ProfileDocument, MembershipState, SharedSegments>;

type Seen = Stimulus<ProfileDocument, MembershipState, SharedSegments>;

/** Moves customers in and out: event by event, when windows run out, and all of them when a rule was saved or history was imported. */
export function createMembershipReactor(options: { readonly fallbackZone: string }): MembershipReactor {
  const flight = createChunksInFlight();
  const zoneOf = (shared: SharedSegments, workspace: string): string => zoneIn(shared, workspace) ?? options.fallbackZone;
  const bulk = createBulkEvaluation({ flight, zoneOf });
  const dueWork = createDueWork({ flight, zoneOf });
  return {
    shared: sharedSegments,
    stateIndexes: [{ name: 'due', paths: [['due']] }],
    emits: ['segment.entered', 'segment.exited'],
    stream: (key) => streamName('customer', ...customerOf(key)),
    revision: (profile) => (profile === null ? -1n : BigInt(profile.revision)),
    initialState: () => untouched,
    isOwn: (event) => isEngineEvent(event, 'segment.entered') || isEngineEvent(event, 'segment.exited'),
    foldOwn,
    react: (seen) => react(seen, { flight, zoneOf }),
    settledThrough,
    recall: (log) => recallChunks(log, flight),
    dueAt: (state) => state.due,
    async work(tools) {
      const due = await dueWork.workOff(tools);
      return (await bulk.advance(tools)) === 'now' ? 'now' : due;
    },
  };
}

interface Surroundings {
  readonly flight: ChunksInFlight;
  readonly zoneOf: (shared: SharedSegments, workspace: string) => string;
}

function react(seen: Seen, { flight, zoneOf }: Surroundings): Reaction<MembershipState> {
  const { key, after, shared, event, at } = seen;
  if (after === null) return leaveAll(seen);
  const [workspace, id] = customerOf(key);
  const state = withoutSettled(seen.state, event);
  const { moves, dues } = decideMembership(concerned(seen, workspace), {
    profile: after,
    isMember: (segmentId) => flight.isMember(segmentId, { workspace, id, state, profile: after, position: event.position }),
    time: { instant: Date.parse(at), zone: zoneOf(shared, workspace) },
  });
  const decided = event.position.toString();
  const said = new Map(moves.map((move) => [move.segment.id, { in: move.in, decided }]));
  return {
    state: withChanges(state, { at, dues, said }),
    emissions: moves.map(({ segment, in: isIn }) =>
      transitionEvent({
        workspace,
        customerId: id,
        segmentId: segment.id,
        revision: segment.revision,
        in: isIn,
        at,
        cause: event,
      }),
    ),
  };
}

/** The segments whose answer the event may have changed. */
function concerned({ before, shared, event }: Seen, workspace: string): Iterable<SegmentProgram> {
  const programs = programsOf(shared, workspace);
  if (!isEngineEvent(event, 'segment.evaluated')) return programs.touchedBy(touchedBy(event, before));
  // The chunk was decided before events that stand in front of it: looked at again where it takes effect.
  const segment = programs.all.get(event.stream.id);
  return segment === undefined ? [] : [segment];
}

/** From here on the profile says what the chunk said, unless something newer is on its way. */
function withoutSettled(state: MembershipState, event: DecodedEvent): MembershipState {
  if (!isEngineEvent(event, 'segment.evaluated')) return state;
  const said = ownValue(state.said, event.stream.id);
  const decided = BigInt(event.data.position ?? event.position);
  if (said === undefined || isBehind(said, { position: event.position, decided })) return state;
  return withChanges(state, { at: state.at, said: new Map([[event.stream.id, null]]) });
}

/** Nobody has to be asked again whom the chunk knew as they are where it takes effect, by the rule that is still in force. */
function settledThrough(event: DecodedEvent, shared: SharedSegments, state: MembershipState | null): Position | null {
  if (!isEngineEvent(event, 'segment.evaluated') || event.data.position === undefined) return null;
  const { workspace, id } = event.stream;
  const segment = ownValue(shared.segments, `${workspace}/${id}`);
  const evaluation = segment?.running.find((running) => running.id === event.data.evaluation_id);
  if (evaluation === undefined || evaluation.revision !== segment?.revision) return null;
  return state !== null && Object.hasOwn(state.said, id) ? null : BigInt(event.data.position);
}

/** An erased customer is in no segment. */
function leaveAll({ key, before, shared, state, event, at }: Seen): Reaction<MembershipState> {
  const [workspace, customerId] = customerOf(key);
  const { all } = programsOf(shared, workspace);
  const members = new Set(Object.keys(before?.segments ?? {}));
  for (const [segmentId, said] of Object.entries(state.said)) {
    if (said.in) members.add(segmentId);
    else members.delete(segmentId);
  }
  const said = new Map([...members].map((segmentId) => [segmentId, { in: false, decided: event.position.toString() }]));
  const dues = new Map(Object.keys(state.dues).map((segmentId) => [segmentId, null]));
  return {
    state: withChanges(state, { at, dues, said }),
    emissions: [...members].map((segmentId) => {
      const revision = all.get(segmentId)?.revision ?? ownValue(before?.segments ?? {}, segmentId)?.revision ?? 1;
      return transitionEvent({ workspace, customerId, segmentId, revision, in: false, at, cause: event });
    }),
  };
}

function foldOwn(state: MembershipState, event: DecodedEvent): MembershipState {
  const isIn = isEngineEvent(event, 'segment.entered');
  if (!isIn && !isEngineEvent(event, 'segment.exited')) return state;
  const { segment, at } = event.data;
  const said: Said = { in: isIn, stored: event.position.toString() };
  if (ownValue(state.said, segment)?.stored === said.stored) return state;
  return withChanges(state, { at: at > state.at ? at : state.at, said: new Map([[segment, said]]) });
}

/** Workspace and customer id of a profile's key. */
function customerOf(key: string): readonly [workspace: string, id: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
