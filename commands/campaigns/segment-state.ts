import type { SegmentEvent } from '../../contracts/events/segment.events.js';
import { streamName } from '../../contracts/events/streams.js';
import { segmentDecider, type SegmentState } from '../../domain/segment/segment.decider.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { loadStream } from '../command-handler.js';

/** A segment as the log tells it now, and whether its members are still to be found: an evaluation of all customers is on its way or to come. */
export interface SegmentNow {
  readonly segment: SegmentState;
  readonly isBeingEvaluated: boolean;
}

interface Folded {
  readonly segment: SegmentState;
  /** A rule was saved, and the evaluation of all customers against it has not begun. */
  readonly isAwaited: boolean;
  /** Evaluations that have begun and not ended. */
  readonly running: readonly string[];
}

const initialState: Folded = { segment: segmentDecider.initialState, isAwaited: false, running: [] };

function evolve(now: Folded, event: SegmentEvent): Folded {
  const segment = segmentDecider.evolve(now.segment, event);
  switch (event.type) {
    case 'segment.defined':
    case 'segment.revised':
      return { ...now, segment, isAwaited: true };
    case 'segment.archived':
      return { ...now, segment, isAwaited: false };
    case 'segment.evaluation_started': {
      const { evaluation_id: id, segment_revision: revision } = event.data;
      const isOfThisRule = segment.status !== 'undefined' && segment.revision === revision;
      return { segment, isAwaited: now.isAwaited && !isOfThisRule, running: [...now.running, id] };
    }
    case 'segment.evaluation_finished':
      return { ...now, running: now.running.filter((id) => id !== event.data.evaluation_id) };
    case 'segment.evaluated':
    case 'segment.entered':
    case 'segment.exited':
      return now;
  }
}

/** Reads the segment's stream. */
export async function segmentNow(eventStore: EventStore, workspace: string, segmentId: string): Promise<SegmentNow> {
  const stream = streamName('segment', workspace, segmentId);
  const { segment, isAwaited, running } = (await loadStream(eventStore, stream, { initialState, evolve })).state;
  return { segment, isBeingEvaluated: isAwaited || running.length > 0 };
}
