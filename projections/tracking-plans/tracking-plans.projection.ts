import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { SourcePlan } from '../../contracts/read-models/tracking-plans.port.js';
import type { TrackingPlan } from '../../contracts/tracking-plans/tracking-plan.js';
import type { Projection } from '../../runtime/projection.js';

/** Document id: `<workspace>/<source>`. */
export type SourcePlanDocument = SourcePlan & JsonObject;

/** The tracking plans of sources, as drafted and as they hold. */
export const trackingPlansProjection: Projection<SourcePlanDocument> = {
  name: 'tracking-plans',
  version: 1,
  categories: ['source'],
  handles: ['source.plan_drafted', 'source.plan_published', 'source.plan_withdrawn'],
  opensQuasi: false,
  indexes: [],
  keys: ({ stream }) => [`${stream.workspace}/${stream.id}`],
  evolve(document, event) {
    const { occurred_at: at, actor } = event.metadata;
    if (isEngineEvent(event, 'source.plan_drafted')) {
      // Only plans that were checked are written.
      const draft = { draft: event.data.draft, plan: event.data.plan as TrackingPlan, at, actor };
      return { ...document, source: event.stream.id, draft };
    }
    if (document === null) return null;
    // Only the newest draft can be published.
    if (isEngineEvent(event, 'source.plan_published')) return { ...document, published: { ...document.draft, at, actor } };
    if (!isEngineEvent(event, 'source.plan_withdrawn')) return document;
    const { published: _published, ...rest } = document;
    return rest;
  },
};
