import type { JsonObject } from '../../contracts/json.js';
import type { Imports, ImportView } from '../../contracts/read-models/imports.port.js';
import type { ReadSource } from '../read-source.js';

const PAGE = 1_000;

/** Reads imports. */
export function createImports(source: ReadSource): Imports {
  return {
    async get(workspace, importId) {
      const stored = await source.documents.get(source.collection(), `${workspace}/${importId}`);
      return stored === null || stored.body === null ? null : importView(stored.body);
    },
    async list(workspace, label) {
      const filter = label === undefined ? {} : { filter: { kind: 'eq', path: ['label'], value: label } as const };
      const sort = { path: ['started_at'], direction: 'asc' } as const;
      const page = await source.documents.find(source.collection(), { idPrefix: `${workspace}/`, ...filter, sort, limit: PAGE });
      return page.documents.map(({ body }) => importView(body));
    },
    async open() {
      const filter = { kind: 'eq', path: ['state'], value: 'open' } as const;
      const page = await source.documents.find(source.collection(), { filter, limit: PAGE });
      return page.documents.map(({ body, id }) => ({ ...importView(body), workspace: id.slice(0, id.indexOf('/')) }));
    },
  };
}

function importView(body: JsonObject): ImportView {
  const { workspace: _workspace, ...view } = body;
  // Only the imports projection writes this collection.
  return view as unknown as ImportView;
}
