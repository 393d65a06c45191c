import type { Filter } from '../contracts/filter.js';
import type { JsonObject } from '../contracts/json.js';
import type { ReadSource } from './read-source.js';

/** Which page of a list, and what it holds: `newestBy` names the field of the time that orders it. */
export interface ListPage {
  readonly newestBy: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly filter?: Filter;
}

/** The documents of one read model, whose ids are `<workspace>/<id>`. */
export interface StoredDocuments<Document> {
  get(workspace: string, id: string): Promise<Document | null>;
  /** Those that exist, each once. */
  getMany(workspace: string, ids: readonly string[]): Promise<readonly Document[]>;
  /** Newest first. */
  list(workspace: string, page: ListPage): Promise<{ readonly documents: readonly Document[]; readonly next: string | null }>;
  /** Those of all workspaces, in the order of their ids. */
  all(filter: Filter): AsyncGenerator<{ readonly workspace: string; readonly document: Document }>;
}

const PAGE = 1_000;

/** Reads the documents that a projection keeps. */
export function createStoredDocuments<Document>(source: ReadSource): StoredDocuments<Document> {
  // Only the projection of a read model writes its collection.
  const asDocument = (body: JsonObject): Document => body as Document;
  return {
    async get(workspace, id) {
      const stored = await source.documents.get(source.collection(), `${workspace}/${id}`);
      return stored === null || stored.body === null ? null : asDocument(stored.body);
    },
    async getMany(workspace, ids) {
      if (ids.length === 0) return [];
      const wanted = [...new Set(ids)].map((id) => `${workspace}/${id}`);
      const stored = await source.documents.getMany(source.collection(), wanted);
      return [...stored.values()].flatMap(({ body }) => (body === null ? [] : [asDocument(body)]));
    },
    async list(workspace, { newestBy, limit, cursor, filter }) {
      const found = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        sort: { path: [newestBy], direction: 'desc' },
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        ...(filter === undefined ? {} : { filter }),
      });
      return { documents: found.documents.map(({ body }) => asDocument(body)), next: found.nextCursor };
    },
    async *all(filter) {
      for (let afterId: string | undefined; ;) {
        const behind = afterId === undefined ? {} : { afterId };
        const page = await source.documents.find(source.collection(), { filter, limit: PAGE, ...behind });
        for (const { id, body } of page.documents) {
          yield { workspace: id.slice(0, id.indexOf('/')), document: asDocument(body) };
        }
        afterId = page.documents.at(-1)?.id;
        if (page.nextCursor === null || afterId === undefined) return;
      }
    },
  };
}
