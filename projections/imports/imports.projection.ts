import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ImportView } from '../../contracts/read-models/imports.port.js';
import type { Projection } from '../../runtime/projection.js';

/** Document id: `<workspace>/<import id>`. */
export type ImportDocument = ImportView & { readonly workspace: string } & JsonObject;

/** The imports of each workspace with their counts. */
export const importsProjection: Projection<ImportDocument> = {
  name: 'imports',
  version: 1,
  categories: ['import'],
  handles: ['import.started', 'import.finished'],
  opensQuasi: false,
  indexes: [{ name: 'state', paths: [['state']] }],
  keys: ({ stream }) => [`${stream.workspace}/${stream.id}`],
  evolve(document, event) {
    const at = event.metadata.occurred_at;
    if (isEngineEvent(event, 'import.started')) {
      return { ...event.data, workspace: event.stream.workspace, import_id: event.stream.id, state: 'open', started_at: at };
    }
    if (document === null || !isEngineEvent(event, 'import.finished')) return document;
    const { received, accepted, duplicate, quarantined } = event.data;
    return { ...document, state: 'finished', finished_at: at, counts: { received, accepted, duplicate, quarantined } };
  },
};
