import { LRUCache } from 'lru-cache';
import type { Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentPatch, DocumentStore, DocumentWrite, Fence } from '../../stores/document-store/document-store.port.js';

/** A document as it was loaded; `none` when nothing, not even a tombstone, is stored. */
export interface Loaded {
  readonly position: Position | 'none';
  readonly body: JsonObject | null;
}

/** What is written from some moment on. */
export interface WriteWatch {
  /** True for every id that was written since, or when that is not known any more. */
  mayHave(id: string): boolean;
  stop(): void;
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
  /** Changes one field of many documents; answers the ids of those changed. All that are named are read anew the next time. */
  patch(patch: DocumentPatch): Promise<ReadonlySet<string>>;
  /** Notes what is being written, and what is written from now on. */
  watch(): WriteWatch;
}

export interface DocumentCacheOptions {
  readonly documentStore: DocumentStore;
  readonly collection: string;
  /** How many documents are kept in memory. */
  readonly capacity: number;
  readonly fence: () => Fence;
}

/** What is known of a document. */
interface Known {
  /** null when it is to be read. */
  readonly loaded: Loaded | null;
  /** True when it was written not long ago. */
  readonly isWritten: boolean;
}

/** A watch that nobody stops must not grow for ever. */
const WATCHED = 10_000;
const NOTHING: Loaded = { position: 'none', body: null };
const WRITTEN: Known = { loaded: null, isWritten: true };

/**
 * Keeps the documents that are written again and again, so that they are not read each time. Those written once are not kept: there are
 * many, most will not be wanted soon, and what lives on for a while costs the garbage collector more than reading costs.
 */
export function createDocumentCache(options: DocumentCacheOptions): DocumentCache {
  const { documentStore, collection, fence } = options;
  const cache = new LRUCache<string, Known>({ max: options.capacity });
  const writing = new Set<string>();
  const watches = new Set<Set<string>>();
  let prefetching: Promise<void> | null = null;

  const isKnown = (id: string): boolean => (cache.get(id)?.loaded ?? null) !== null;

  async function readAhead(ids: readonly string[]): Promise<void> {
    const watching = watch();
    try {
      const stored = await documentStore.getMany(collection, ids);
      // What was written meanwhile is newer than what was read.
      for (const id of ids) if (!watching.mayHave(id)) keep(id, stored.get(id) ?? NOTHING);
    } finally {
      watching.stop();
    }
  }

  function keep(id: string, loaded: Loaded): void {
    const known = cache.get(id);
    if ((known?.loaded ?? null) === null) cache.set(id, { loaded, isWritten: known?.isWritten ?? false });
  }

  function watch(): WriteWatch {
    const watched = new Set(writing);
    watches.add(watched);
    return {
      mayHave: (id) => watched.has(id) || !watches.has(watched),
      stop: () => watches.delete(watched),
    };
  }

  function forget(ids: Iterable<string>): void {
    for (const id of ids) cache.delete(id);
  }

  function begin(ids: readonly string[]): void {
    for (const id of ids) writing.add(id);
    for (const watched of watches) {
      for (const id of ids) watched.add(id);
      if (watched.size > WATCHED) watches.delete(watched);
    }
  }

  function end(ids: readonly string[]): void {
    for (const id of ids) writing.delete(id);
  }

  return {
    collection,
    async load(ids) {
      await prefetching;
      const found = new Map<string, Loaded>();
      const missing: string[] = [];
      for (const id of ids) {
        const loaded = cache.get(id)?.loaded ?? null;
        if (loaded === null) missing.push(id);
        else found.set(id, loaded);
      }
      if (missing.length === 0) return found;
      const stored = await documentStore.getMany(collection, missing);
      for (const id of missing) {
        const loaded = stored.get(id) ?? NOTHING;
        found.set(id, loaded);
        if (!writing.has(id)) keep(id, loaded);
      }
      return found;
    },
    async write(writes) {
      const lost = new Set<string>();
      if (writes.length === 0) return lost;
      const ids = writes.map(({ id }) => id);
      begin(ids);
      try {
        const outcomes = await documentStore.put(collection, writes, fence());
        writes.forEach((write, index) => {
          if (outcomes[index] !== 'written') lost.add(write.id);
          else if (cache.get(write.id)?.isWritten !== true) cache.set(write.id, WRITTEN);
          else cache.set(write.id, { loaded: { position: write.position, body: write.body }, isWritten: true });
        });
        forget(lost);
        return lost;
      } catch (error) {
        forget(ids);
        throw error;
      } finally {
        end(ids);
      }
    },
    async patch(patch) {
      // What is being read ahead would be kept, though it is older.
      while (prefetching !== null) await prefetching;
      begin(patch.ids);
      try {
        return await documentStore.patch(collection, patch, fence());
      } finally {
        forget(patch.ids);
        end(patch.ids);
      }
    },
    forget,
    prefetch(ids) {
      const missing = [...new Set(ids)].filter((id) => !writing.has(id) && !isKnown(id));
      if (missing.length === 0 || missing.length > options.capacity / 2) return;
      // A failure is met again, and told, by the load that needs the documents.
      prefetching = readAhead(missing)
        .catch(() => undefined)
        .finally(() => (prefetching = null));
    },
    watch,
  };
}
