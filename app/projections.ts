import { findContract } from '../contracts/events/registry.js';
import type { JsonObject } from '../contracts/json.js';
import { apiKeysProjection } from '../projections/access/api-keys.projection.js';
import { workspacesProjection } from '../projections/access/workspaces.projection.js';
import { importsProjection } from '../projections/imports/imports.projection.js';
import { ingestStatisticsProjection } from '../projections/ingest-statistics/ingest-statistics.projection.js';
import { createProfilesProjection } from '../projections/profiles/profiles.projection.js';
import { quarantineProjection } from '../projections/quarantine/quarantine.projection.js';
import type { Projection } from '../runtime/projection.js';
import type { ProjectionEntry } from '../runtime/slot.js';
import type { Zones } from './zones.js';

/** All projections of the engine, each behind what it is derived from. */
export function projectionEntries(options: { readonly zoneOf: Zones }): readonly ProjectionEntry[] {
  const profiles = createProfilesProjection({ zoneOf: options.zoneOf, measuresOf: (type) => findContract(type)?.measures ?? [] });
  return [
    entry(workspacesProjection),
    entry(apiKeysProjection),
    entry(importsProjection),
    entry(quarantineProjection),
    entry(ingestStatisticsProjection),
    entry(profiles),
  ];
}

function entry<Document extends JsonObject>(projection: Projection<Document>): ProjectionEntry {
  // A processor hands a projection only documents that the projection itself made.
  return { projection: projection };
}
