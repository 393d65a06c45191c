import type { SuppressionDocument, Suppressions } from '../../contracts/read-models/suppressions.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReadSource } from '../read-source.js';

/** Reads the suppression list. */
export function createSuppressions(source: ReadSource): Suppressions {
  return {
    async getMany(workspace, addressHashes) {
      if (addressHashes.length === 0) return new Map();
      const ids = [...new Set(addressHashes)].map((hash) => `${workspace}/${hash}`);
      const stored = await source.documents.getMany(source.collection(), ids);
      const bodies = [...stored.values()].flatMap(({ body }) => (body === null ? [] : [suppression(body)]));
      return new Map(bodies.map((found) => [found.address_hash, found]));
    },
    async list(workspace, { limit, cursor, reason }) {
      const filter = reason === undefined ? {} : { filter: { kind: 'eq', path: ['reason'], value: reason } as const };
      const page = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        ...filter,
        sort: { path: ['added_at'], direction: 'desc' },
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { suppressions: page.documents.map(({ body }) => suppression(body)), next: page.nextCursor };
    },
    count: (workspace) => source.documents.count(source.collection(), { idPrefix: `${workspace}/` }),
  };
}

function suppression(body: JsonObject): SuppressionDocument {
  // Only the suppressions projection writes this collection.
  return body as unknown as SuppressionDocument;
}
