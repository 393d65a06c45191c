import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Projection } from '../../runtime/projection.js';
import { foldSegment } from './fold-segment.js';
import { type GrowthDocument, growthKey, isSegmentKey, type SegmentDocument, segmentKey } from './segment-document.js';

/** The segments of each workspace, how many are in them, and how they grew by the hour. */
export const segmentsProjection: Projection<SegmentDocument | GrowthDocument> = {
  name: 'segments',
  version: 1,
  categories: ['customer', 'segment'],
  handles: [
    'segment.defined',
    'segment.revised',
    'segment.archived',
    'segment.evaluation_started',
    'segment.evaluated',
    'segment.evaluation_finished',
    'segment.entered',
    'segment.exited',
  ],
  opensQuasi: false,
  indexes: [],
  keys(event) {
    const segmentId = segmentOf(event);
    if (segmentId === undefined) return [];
    const { workspace } = event.stream;
    const own = segmentKey(workspace, segmentId);
    return growthBy(event) === 0 ? [own] : [own, growthKey(workspace, segmentId, event.metadata.occurred_at)];
  },
  evolve(document, event, key) {
    const growth = growthBy(event);
    // A key tells which of the two kinds its document is.
    if (isSegmentKey(key)) return foldSegment(document as SegmentDocument | null, event, growth);
    return { grown: ((document as GrowthDocument | null)?.grown ?? 0) + growth } satisfies JsonObject;
  },
};

/** The segment that an event of the engine is about. */
function segmentOf(event: DecodedEvent): string | undefined {
  if (event.stream.category === 'segment') return event.stream.id;
  if (isEngineEvent(event, 'segment.entered') || isEngineEvent(event, 'segment.exited')) return event.data.segment;
  return undefined;
}

function growthBy(event: DecodedEvent): number {
  if (isEngineEvent(event, 'segment.evaluated')) return event.data.entered.length - event.data.exited.length;
  if (isEngineEvent(event, 'segment.entered')) return 1;
  return isEngineEvent(event, 'segment.exited') ? -1 : 0;
}
