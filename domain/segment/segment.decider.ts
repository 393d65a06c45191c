import { canonicalJson } from '../../contracts/canonical-json.js';
import { EngineError } from '../../contracts/errors.js';
import type { SegmentEvent } from '../../contracts/events/segment.events.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Decider } from '../decider.js';

/** What a person says a segment is; `rule` is what `storedRule` gives for a parsed rule. */
export interface SegmentDefinition {
  readonly name: string;
  readonly rule: JsonObject;
}

/** A segment as its stream tells it; `revision` counts definitions, not events. */
export type SegmentState =
  { readonly status: 'undefined' } | ({ readonly status: 'live' | 'archived'; readonly revision: number } & SegmentDefinition);

/** `ifRevision` is the revision that the caller saw; absent: whatever stands now. */
export type SegmentCommand =
  | ({ readonly type: 'define' } & SegmentDefinition)
  | ({ readonly type: 'revise'; readonly ifRevision?: number } & SegmentDefinition)
  | { readonly type: 'archive'; readonly ifRevision?: number };

type Segment = Exclude<SegmentState, { status: 'undefined' }>;

const initialState: SegmentState = { status: 'undefined' };

function evolve(state: SegmentState, event: SegmentEvent): SegmentState {
  switch (event.type) {
    case 'segment.defined':
    case 'segment.revised':
      // What the log holds under `rule` was made by `storedRule`, which gives plain JSON.
      return { status: 'live', name: event.data.name, rule: event.data.rule as JsonObject, revision: event.data.revision };
    case 'segment.archived':
      return state.status === 'undefined' ? state : { ...state, status: 'archived', revision: event.data.revision };
    case 'segment.evaluation_started':
    case 'segment.evaluated':
    case 'segment.evaluation_finished':
    case 'segment.entered':
    case 'segment.exited':
      return state;
  }
}

function define(definition: SegmentDefinition, state: SegmentState): readonly SegmentEvent[] {
  if (state.status === 'undefined') return [{ type: 'segment.defined', data: { ...contentOf(definition), revision: 1 } }];
  if (state.status === 'live' && isSame(definition, state)) return [];
  throw new EngineError(
    'segment_exists',
    `Expected no segment under this id, found "${state.name}" at revision ${String(state.revision)}.`,
  );
}

function revise(command: SegmentDefinition & { readonly ifRevision?: number }, state: SegmentState): readonly SegmentEvent[] {
  const segment = existing(state);
  if (segment.status === 'archived') {
    throw new EngineError(
      'segment_archived',
      `Expected a live segment, found "${segment.name}" archived at revision ${String(segment.revision)}.`,
    );
  }
  if (isSame(command, segment)) return [];
  checkRevision(segment, command.ifRevision);
  return [{ type: 'segment.revised', data: { ...contentOf(command), revision: segment.revision + 1 } }];
}

function archive(command: { readonly ifRevision?: number }, state: SegmentState): readonly SegmentEvent[] {
  const segment = existing(state);
  if (segment.status === 'archived') return [];
  checkRevision(segment, command.ifRevision);
  return [{ type: 'segment.archived', data: { revision: segment.revision + 1 } }];
}

function existing(state: SegmentState): Segment {
  if (state.status === 'undefined') throw new EngineError('not_found', 'Expected a segment under this id, found none.');
  return state;
}

function checkRevision({ revision }: Segment, expected: number | undefined): void {
  if (expected === undefined || expected === revision) return;
  throw new EngineError(
    'revision_stale',
    `Expected the segment at revision ${String(expected)}, found it at ${String(revision)}.`,
  );
}

function isSame(definition: SegmentDefinition, segment: Segment): boolean {
  return canonicalJson(contentOf(definition)) === canonicalJson(contentOf(segment));
}

function contentOf({ name, rule }: SegmentDefinition): { name: string; rule: Record<string, JsonObject[string]> } {
  return { name, rule };
}

function decide(command: SegmentCommand, state: SegmentState): readonly SegmentEvent[] {
  switch (command.type) {
    case 'define':
      return define(command, state);
    case 'revise':
      return revise(command, state);
    case 'archive':
      return archive(command, state);
  }
}

/** Segments are defined, revised and archived; errors: `segment_exists`, `segment_archived`, `not_found`, `revision_stale`. */
export const segmentDecider: Decider<SegmentState, SegmentCommand, SegmentEvent> = { initialState, evolve, decide };
