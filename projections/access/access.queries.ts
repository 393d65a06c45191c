import type { ApiKey, ApiKeys } from '../../contracts/read-models/api-keys.port.js';
import type { WorkspaceSettings, Workspaces } from '../../contracts/read-models/workspaces.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReadSource } from '../read-source.js';

const PAGE = 1_000;

/** Reads API keys. */
export function createApiKeys(source: ReadSource): ApiKeys {
  return {
    async byHash(hash) {
      const page = await source.documents.find(source.collection(), {
        filter: { kind: 'eq', path: ['hash'], value: hash },
        limit: 1,
      });
      const [found] = page.documents;
      return found === undefined ? null : apiKey(found.body);
    },
    async list(workspace) {
      const page = await source.documents.find(source.collection(), { idPrefix: `${workspace}/`, limit: PAGE });
      return page.documents.map(({ body }) => apiKey(body));
    },
  };
}

/** Reads workspaces and their settings. */
export function createWorkspaces(source: ReadSource): Workspaces {
  return {
    async settingsOf(workspace) {
      const stored = await source.documents.get(source.collection(), `${workspace}/settings`);
      return stored === null || stored.body === null ? null : settings(stored.body);
    },
    async list() {
      const page = await source.documents.find(source.collection(), { limit: PAGE });
      return page.documents.map(({ id, body }) => ({ ...settings(body), workspace: id.slice(0, id.indexOf('/')) }));
    },
  };
}

function apiKey(body: JsonObject): ApiKey {
  const { hash: _hash, ...key } = body;
  // Only the api-keys projection writes this collection.
  return key as unknown as ApiKey;
}

function settings(body: JsonObject): WorkspaceSettings {
  // Only the workspaces projection writes this collection.
  return body as unknown as WorkspaceSettings;
}
