import type { ErasureDocument, Erasures } from '../../contracts/read-models/erasures.port.js';
import type { ReadSource } from '../read-source.js';
import { createStoredDocuments } from '../stored-documents.js';

/** Reads who asked to be erased, and who was. */
export function createErasures(source: ReadSource): Erasures {
  const stored = createStoredDocuments<ErasureDocument>(source);
  return {
    get: (workspace, customerId) => stored.get(workspace, customerId),
    async list(workspace, { state, after, limit }) {
      const page = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        limit,
        ...(state === undefined ? {} : { filter: { kind: 'eq', path: ['state'], value: state } }),
        ...(after === undefined ? {} : { afterId: `${workspace}/${after}` }),
      });
      // Only the projection of erasures writes this collection.
      const erasures = page.documents.map(({ body }) => body as unknown as ErasureDocument);
      return { erasures, next: page.nextCursor === null ? null : (erasures.at(-1)?.customer_id ?? null) };
    },
  };
}
