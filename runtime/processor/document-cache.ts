import { LRUCache } from 'lru-cache';
import type { Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentStore, DocumentWrite, Fence, StoredDocument } from '../../stores/document-store/document-store.port.js';

/** A document as it was loaded; `none` when nothing, not even a tombstone, is stored. */
export interface Loaded {
  readonly position: Position | 'none';
  readonly body: JsonObject | null;
}

/** The documents of one collection as their single writer sees them. */
export interface DocumentCache {
  readonly collection: string;
  /** An entry for every id; ids never stored have position `none`. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, Loaded>>;
  /** Compare-and-set writes; answers the ids that lost. Those, and all ids of a call that fails, are read anew the next time. */
  write(writes: readonly DocumentWrite[]): Promise<ReadonlySet<string>>;
  forget(ids: Iterable<string>): void;
  /** Begins to read what a later `load` will ask for; that one then waits for it. */
  prefetch(ids: readonly string[]): void;
  /** Keeps what some other read of the collection has found, so that a `load` right behind it reads nothing. */
  remember(reading: Promise<readonly StoredDocument[]>): Promise<void>;
}

export interface DocumentCacheOptions {
  readonly documentStore: DocumentStore;
  readonly collection: string;
  /** How many documents are kept in memory. */
  readonly capacity: number;
  readonly fence: () => Fence;
}

const NOTHING: Loaded = { position: 'none', body: null };

/** Keeps the documents written last, so that a key with several events in a row is not read again. */
export function createDocumentCache(options: DocumentCacheOptions): DocumentCache {
  const { documentStore, collection, fence } = options;
  const cache = new LRUCache<string, Loaded>({ max: options.capacity });
  const writing = new Set<string>();
  /** For each reading under way, what was written since it began. */
  const overtaken = new Set<Set<string>>();
  let prefetching: Promise<void> | null = null;

  async function readAhead(ids: readonly string[]): Promise<void> {
    const stored = await documentStore.getMany(collection, ids);
    // What was written meanwhile is newer than what was read.
    for (const id of ids) if (!writing.has(id) && !cache.has(id)) cache.set(id, stored.get(id) ?? NOTHING);
  }

  function forget(ids: Iterable<string>): void {
    for (const id of ids) cache.delete(id);
  }

  return {
    collection,
    async load(ids) {
      await prefetching;
      const found = new Map<string, Loaded>();
      const missing: string[] = [];
      for (const id of ids) {
        const cached = cache.get(id);
        if (cached === undefined) missing.push(id);
        else found.set(id, cached);
      }
      if (missing.length === 0) return found;
      const stored = await documentStore.getMany(collection, missing);
      for (const id of missing) {
        const loaded = stored.get(id) ?? NOTHING;
        found.set(id, loaded);
        if (!writing.has(id) && !cache.has(id)) cache.set(id, loaded);
      }
      return found;
    },
    async write(writes) {
      const lost = new Set<string>();
      if (writes.length === 0) return lost;
      for (const { id } of writes) {
        writing.add(id);
        for (const ids of overtaken) ids.add(id);
      }
      try {
        const outcomes = await documentStore.put(collection, writes, fence());
        writes.forEach((write, index) => {
          if (outcomes[index] === 'written') cache.set(write.id, { position: write.position, body: write.body });
          else lost.add(write.id);
        });
        forget(lost);
        return lost;
      } catch (error) {
        forget(writes.map((write) => write.id));
        throw error;
      } finally {
        for (const { id } of writes) writing.delete(id);
      }
    },
    forget,
    prefetch(ids) {
      const missing = [...new Set(ids)].filter((id) => !writing.has(id) && !cache.has(id));
      if (missing.length === 0 || missing.length > options.capacity / 2) return;
      // A failure is met again, and told, by the load that needs the documents.
      prefetching = readAhead(missing)
        .catch(() => undefined)
        .finally(() => (prefetching = null));
    },
    async remember(reading) {
      const newer = new Set(writing);
      overtaken.add(newer);
      try {
        for (const document of await reading) {
          if (!newer.has(document.id) && !cache.has(document.id)) cache.set(document.id, document);
        }
      } finally {
        overtaken.delete(newer);
      }
    },
  };
}
