import type { Filter } from '../../contracts/filter.js';
import type { SuppressionDocument, Suppressions } from '../../contracts/read-models/suppressions.port.js';
import type { ReadSource } from '../read-source.js';
import { createStoredDocuments } from '../stored-documents.js';

/** Reads the suppression list. */
export function createSuppressions(source: ReadSource): Suppressions {
  const stored = createStoredDocuments<SuppressionDocument>(source);
  return {
    async getMany(workspace, addressHashes) {
      const found = await stored.getMany(workspace, addressHashes);
      return new Map(found.map((suppression) => [suppression.address_hash, suppression]));
    },
    async list(workspace, { reason, ...page }) {
      const filter: { readonly filter?: Filter } =
        reason === undefined ? {} : { filter: { kind: 'eq', path: ['reason'], value: reason } };
      const { documents, next } = await stored.list(workspace, { newestBy: 'added_at', ...page, ...filter });
      return { suppressions: documents, next };
    },
    count: (workspace) => source.documents.count(source.collection(), { idPrefix: `${workspace}/` }),
  };
}
