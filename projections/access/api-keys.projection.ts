import { isEngineEvent } from '../../contracts/events/engine-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ApiKey } from '../../contracts/read-models/api-keys.port.js';
import type { Projection } from '../../runtime/projection.js';

/** Document id: `<workspace>/<key id>`. */
export type ApiKeyDocument = ApiKey & { readonly hash: string } & JsonObject;

/** The API keys of each workspace, also revoked ones. */
export const apiKeysProjection: Projection<ApiKeyDocument> = {
  name: 'api-keys',
  version: 1,
  categories: ['access'],
  handles: ['access.key_created', 'access.key_rotated', 'access.key_revoked'],
  opensQuasi: false,
  indexes: [{ name: 'hash', paths: [['hash']] }],
  keys: ({ stream }) => [`${stream.workspace}/${stream.id}`],
  evolve(document, event) {
    if (isEngineEvent(event, 'access.key_created')) {
      const { workspace, id } = event.stream;
      return { ...event.data, workspace, key_id: id, created_at: event.metadata.occurred_at };
    }
    if (document !== null && isEngineEvent(event, 'access.key_rotated')) return { ...document, ...event.data };
    if (document !== null && isEngineEvent(event, 'access.key_revoked'))
      return { ...document, revoked_at: event.metadata.occurred_at };
    return document;
  },
};
