import { LRUCache } from 'lru-cache';

/** Last revisions as this process knows them; another process may have appended since. */
export interface HeadCache {
  get(stream: string): bigint | undefined;
  set(stream: string, revision: bigint): void;
  forget(stream: string): void;
}

/** Remembers the streams used lately; a stale entry costs a refused append, never a wrong one. */
export function createHeadCache(limit: number): HeadCache {
  const heads = new LRUCache<string, bigint>({ max: limit });
  return {
    get: (stream) => heads.get(stream),
    set(stream, revision) {
      // Appends of a stream may be answered out of order with reads of it.
      if ((heads.get(stream) ?? -1n) < revision) heads.set(stream, revision);
    },
    forget: (stream) => void heads.delete(stream),
  };
}
