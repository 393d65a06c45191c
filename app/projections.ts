import type { JsonObject } from '../contracts/json.js';
import { apiKeysProjection } from '../projections/access/api-keys.projection.js';
import { workspacesProjection } from '../projections/access/workspaces.projection.js';
import { campaignProjections } from '../projections/campaign-projections.js';
import { erasuresProjection } from '../projections/erasures/erasures.projection.js';
import { importsProjection } from '../projections/imports/imports.projection.js';
import { ingestStatisticsProjection } from '../projections/ingest-statistics/ingest-statistics.projection.js';
import { quarantineProjection } from '../projections/quarantine/quarantine.projection.js';
import { trackingPlansProjection } from '../projections/tracking-plans/tracking-plans.projection.js';
import type { Projection } from '../runtime/projection.js';
import type { ProjectionEntry } from '../runtime/slot.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { profilesEntry, segmentsEntry } from './segments.js';

/** All projections of the engine, each behind what it is derived from. */
export function projectionEntries(options: {
  readonly eventStore: EventStore;
  /** The zone of workspaces that never named one. */
  readonly fallbackZone: string;
}): readonly ProjectionEntry[] {
  return [
    entry(workspacesProjection),
    entry(apiKeysProjection),
    entry(importsProjection),
    entry(trackingPlansProjection),
    entry(quarantineProjection),
    entry(ingestStatisticsProjection),
    entry(erasuresProjection),
    profilesEntry(options),
    segmentsEntry,
    ...campaignProjections,
  ];
}

function entry<Document extends JsonObject>(projection: Projection<Document>): ProjectionEntry {
  // A processor hands a projection only documents that the projection itself made.
  return { projection: projection };
}
