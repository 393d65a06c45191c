import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import { ownValue } from '../../domain/own-value.js';
import type { SharedFold } from '../../runtime/reactor.js';

/** An evaluation of everyone that has begun and not ended. Positions and revisions are decimal strings. */
export type RunningEvaluation = {
  readonly id: string;
  /** Of the rule. */
  readonly revision: number;
  readonly cause: string;
  /** The instant that windows are counted from. */
  readonly at: string;
  /** Where `segment.evaluation_started` stands in the log. */
  readonly started: string;
};

/** A segment that is evaluated; archived ones stay only until their evaluations have ended. */
export type SharedSegment = {
  readonly workspace: string;
  readonly id: string;
  readonly revision: number;
  readonly rule: JsonObject;
  readonly archived?: true;
  /** Why everyone is to be evaluated next. */
  readonly wanted?: string;
  /** In the order in which they began; only the last one goes on. */
  readonly running: readonly RunningEvaluation[];
  /** Where the last evaluation's start stands in the log. */
  readonly started?: string;
  /** The last revision of the segment's stream that is folded here. */
  readonly stream_revision: string;
};

/** What decisions about membership share, in log order. */
export type SharedSegments = {
  /** The zone of each workspace: what the generation began with, else what the workspace was made with. */
  readonly zones: { readonly [workspace: string]: string };
  /** By `<workspace>/<segment id>`. */
  readonly segments: { readonly [key: string]: SharedSegment };
};

/** What a generation of profiles depends on beside the log: zones that workspaces changed to since they were made. */
export type ZonesBasis = { readonly zones: { readonly [workspace: string]: string } };

const initial: SharedSegments = { zones: {}, segments: {} };

/** The zone that a generation counts the days of a workspace in. */
export function zoneIn(shared: JsonObject, workspace: string): string | undefined {
  // Given by `sharedSegments` alone; absent where there is no reactor.
  const { zones } = shared as Partial<SharedSegments>;
  return zones === undefined ? undefined : ownValue(zones, workspace);
}

/** Zones, rules in force, and how far evaluations have come. */
export const sharedSegments: SharedFold<SharedSegments> = {
  handles: [
    'access.workspace_created',
    'import.finished',
    'segment.defined',
    'segment.revised',
    'segment.archived',
    'segment.evaluation_started',
    'segment.evaluation_finished',
  ],
  initial,
  begin(basis) {
    // Made by `changedZones`, where the application is put together.
    const { zones } = basis as Partial<ZonesBasis>;
    return zones === undefined ? initial : { ...initial, zones };
  },
  evolve(shared, event) {
    const { category, workspace } = event.stream;
    if (category === 'segment') return evolveSegment(shared, event);
    if (isEngineEvent(event, 'import.finished')) return wantEach(shared, workspace, event.stream.id);
    if (!isEngineEvent(event, 'access.workspace_created') || Object.hasOwn(shared.zones, workspace)) return shared;
    return { ...shared, zones: { ...shared.zones, [workspace]: event.data.time_zone } };
  },
};

function evolveSegment(shared: SharedSegments, event: DecodedEvent): SharedSegments {
  const { workspace, id } = event.stream;
  const key = `${workspace}/${id}`;
  const before = ownValue(shared.segments, key);
  const after = nextSegment(before, event);
  if (after === undefined || (after.archived === true && after.running.length === 0)) {
    const { [key]: _gone, ...segments } = shared.segments;
    return { ...shared, segments };
  }
  const segment = { ...after, stream_revision: event.revision.toString() };
  return { ...shared, segments: { ...shared.segments, [key]: segment } };
}

function nextSegment(segment: SharedSegment | undefined, event: DecodedEvent): SharedSegment | undefined {
  if (isEngineEvent(event, 'segment.defined') || isEngineEvent(event, 'segment.revised')) {
    const { revision, rule } = event.data;
    const { workspace, id } = event.stream;
    const known = segment ?? { running: [], stream_revision: '-1' };
    // What the log holds under `rule` was made by `storedRule`, which gives plain JSON.
    return { ...known, workspace, id, revision, rule: rule as JsonObject, wanted: 'saved' };
  }
  if (segment === undefined) return undefined;
  if (isEngineEvent(event, 'segment.archived')) {
    const { wanted: _wanted, ...rest } = segment;
    return { ...rest, revision: event.data.revision, archived: true };
  }
  if (isEngineEvent(event, 'segment.evaluation_started')) {
    const { evaluation_id: id, segment_revision: revision, cause, at } = event.data;
    const started = event.position.toString();
    const running = [...segment.running, { id, revision, cause, at, started }];
    const { wanted, ...rest } = { ...segment, started, running };
    const isAsWanted = wanted === undefined || (wanted === cause && revision === segment.revision);
    return isAsWanted ? rest : { ...rest, wanted };
  }
  if (isEngineEvent(event, 'segment.evaluation_finished')) {
    const { evaluation_id: id } = event.data;
    return { ...segment, running: segment.running.filter((running) => running.id !== id) };
  }
  return segment;
}

/** One evaluation covers all that is wanted by then; a saved rule says so first. */
function wantEach(shared: SharedSegments, workspace: string, cause: string): SharedSegments {
  const segments = Object.fromEntries(
    Object.entries(shared.segments).map(([key, segment]) => {
      const isConcerned = segment.workspace === workspace && segment.archived === undefined && segment.wanted !== 'saved';
      return [key, isConcerned ? { ...segment, wanted: cause } : segment];
    }),
  );
  return { ...shared, segments };
}
