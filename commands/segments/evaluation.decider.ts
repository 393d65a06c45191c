import { EngineError } from '../../contracts/errors.js';
import type { SegmentEvent } from '../../contracts/events/segment.events.js';
import type { Decider } from '../../domain/decider.js';
import { segmentDecider, type SegmentState } from '../../domain/segment/segment.decider.js';

/** A segment, and its evaluations that have begun and not ended. */
export interface EvaluatedSegment {
  readonly segment: SegmentState;
  readonly running: readonly string[];
}

/** Evaluate everyone anew, with windows counted from `at`. */
export interface Recompute {
  readonly evaluation_id: string;
  readonly at: string;
}

function evolve({ segment, running }: EvaluatedSegment, event: SegmentEvent): EvaluatedSegment {
  const next = segmentDecider.evolve(segment, event);
  if (event.type === 'segment.evaluation_started') return { segment: next, running: [...running, event.data.evaluation_id] };
  if (event.type !== 'segment.evaluation_finished') return { segment: next, running };
  return { segment: next, running: running.filter((id) => id !== event.data.evaluation_id) };
}

function decide({ evaluation_id, at }: Recompute, { segment, running }: EvaluatedSegment): readonly SegmentEvent[] {
  if (segment.status === 'undefined') throw new EngineError('not_found', 'Expected a segment under this id, found none.');
  if (segment.status === 'archived') {
    throw new EngineError('segment_archived', `Expected a live segment, found "${segment.name}" archived.`);
  }
  if (running.length > 0) return [];
  const data = { evaluation_id, segment_revision: segment.revision, cause: 'recompute', at };
  return [{ type: 'segment.evaluation_started', data }];
}

/** Begins an evaluation unless one is on its way; errors: `not_found`, `segment_archived`. */
export const evaluationDecider: Decider<EvaluatedSegment, Recompute, SegmentEvent> = {
  initialState: { segment: segmentDecider.initialState, running: [] },
  evolve,
  decide,
};
