import type { SourcePlan, TrackingPlans } from '../../contracts/read-models/tracking-plans.port.js';
import type { ReadSource } from '../read-source.js';
import { createStoredDocuments } from '../stored-documents.js';

const MOST = 10_000;

/** Reads tracking plans. */
export function createTrackingPlans(source: ReadSource): TrackingPlans {
  const stored = createStoredDocuments<SourcePlan>(source);
  return {
    get: (workspace, name) => stored.get(workspace, name),
    async list(workspace) {
      const page = await source.documents.find(source.collection(), { idPrefix: `${workspace}/`, limit: MOST });
      // Only the projection writes this collection.
      return page.documents.map(({ body }) => body as unknown as SourcePlan);
    },
  };
}
