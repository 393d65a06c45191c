import { LRUCache } from 'lru-cache';
import type { DataKey } from './vault.port.js';

/** The longest that an opened key is held. */
export const KEY_CACHE_MS = 30_000;
const SWEEP_MS = KEY_CACHE_MS / 3;

export interface KeyCacheOptions {
  /** Milliseconds that only grow; when absent, the process's own monotonic clock. */
  readonly clock?: () => number;
  /** The most keys held. */
  readonly max?: number;
}

/** Opened keys, by id and by subject, for at most 30 s. */
export interface KeyCache {
  bySubject(workspace: string, subject: string): DataKey | undefined;
  byId(keyId: string): Uint8Array | undefined;
  keep(key: DataKey, owner?: { readonly workspace: string; readonly subject: string }): void;
  forget(workspace: string, subject: string, keyIds: readonly string[]): void;
  clear(): void;
}

/** A cache that holds at most `max` keys and lets go of each at most 30 s after it was opened, also when nobody asks again. */
export function createKeyCache(options: KeyCacheOptions = {}): KeyCache {
  const clock = options.clock ?? (() => performance.now());
  // What is swept every 10 s and expires after 20 s is never held for more than 30 s.
  const settings = { max: options.max ?? 20_000, ttl: KEY_CACHE_MS - SWEEP_MS, ttlResolution: 0, perf: { now: clock } };
  const ids = new LRUCache<string, Uint8Array>(settings);
  const subjects = new LRUCache<string, DataKey>(settings);
  const sweep = setInterval(() => {
    ids.purgeStale();
    subjects.purgeStale();
  }, SWEEP_MS);
  sweep.unref();
  return {
    bySubject: (workspace, subject) => subjects.get(subjectKey(workspace, subject)),
    byId: (keyId) => ids.get(keyId),
    keep(key, owner) {
      ids.set(key.keyId, key.key);
      if (owner !== undefined) subjects.set(subjectKey(owner.workspace, owner.subject), key);
    },
    forget(workspace, subject, keyIds) {
      const held = subjects.peek(subjectKey(workspace, subject));
      if (held !== undefined) ids.delete(held.keyId);
      subjects.delete(subjectKey(workspace, subject));
      for (const keyId of keyIds) ids.delete(keyId);
    },
    clear() {
      clearInterval(sweep);
      ids.clear();
      subjects.clear();
    },
  };
}

function subjectKey(workspace: string, subject: string): string {
  return `${workspace}\0${subject}`;
}
