import type { SegmentEvent } from '../../contracts/events/segment.events.js';
import { streamName } from '../../contracts/events/streams.js';
import { segmentDecider, type SegmentState } from '../../domain/segment/segment.decider.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { loadStream } from '../command-handler.js';

/** A segment as the log tells it now, and whether an evaluation of all customers is on its way. */
export interface SegmentNow {
  readonly segment: SegmentState;
  readonly isBeingEvaluated: boolean;
}

const initial: SegmentNow = { segment: segmentDecider.initialState, isBeingEvaluated: false };

function evolve(now: SegmentNow, event: SegmentEvent): SegmentNow {
  const segment = segmentDecider.evolve(now.segment, event);
  if (event.type === 'segment.evaluation_started') return { segment, isBeingEvaluated: true };
  if (event.type === 'segment.evaluation_finished') return { segment, isBeingEvaluated: false };
  return { ...now, segment };
}

/** Reads the segment's stream. */
export async function segmentNow(eventStore: EventStore, workspace: string, segmentId: string): Promise<SegmentNow> {
  const stream = streamName('segment', workspace, segmentId);
  return (await loadStream(eventStore, stream, { initialState: initial, evolve })).state;
}
