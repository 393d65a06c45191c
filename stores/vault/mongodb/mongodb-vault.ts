import { LRUCache } from 'lru-cache';
import { EngineError, isEngineError } from '../../../contracts/errors.js';
import { probeUntilItWorks, type StoreWatch } from '../../store-watch.js';
import { createKeyCache, KEY_CACHE_MS } from '../key-cache.js';
import type { DataKey, Vault } from '../vault.port.js';
import { createGroups } from './groups.js';
import { keyRowsOf, openRow } from './keys.js';
import { openVaultDatabase, probeVault, type VaultDatabaseOptions } from './open-vault-database.js';
import { type KeyRow, keyRowId } from './rows.js';
import { secretsOf } from './secrets.js';

export interface MongodbVaultOptions extends VaultDatabaseOptions {
  /** Is told when requests fail and when they are answered again. */
  readonly watch?: StoreWatch;
  /** For how long keys are cached is measured on it, in milliseconds. */
  readonly clock?: () => number;
}

/** Keys that this process destroyed and that an answer on its way could still bring back. */
const REMEMBERED_KEYS = 100_000;
const REMEMBERED_SECRETS = 10_000;

/**
 * Opens the vault in a database of its own in a MongoDB, which other processes may use at the same time. Everything is written by a majority,
 * journaled, and read as a majority has it. A key that another process destroyed is opened here for 30 s more at most. What a server keeps of
 * its past, such as its oplog and its backups, holds wrapped keys until it lets go of them.
 * Throws `vault_key_wrong`, `data_folder_mixed` (the vault is another log's), `store_format_unsupported`, `store_unavailable`.
 */
export async function openMongodbVault(options: MongodbVaultOptions): Promise<Vault> {
  const { watch, clock = () => performance.now() } = options;
  const { connection, collections, wrapping } = await openVaultDatabase(options);
  const rows = keyRowsOf(connection, collections, wrapping);
  const secrets = secretsOf(connection, collections, wrapping);
  const ensureGrouped = createGroups((ids) => rows.ensure(ids));
  const openGrouped = createGroups((ids) => rows.byKeyIds(ids));

  const cache = createKeyCache({ clock });
  const destroyed = new LRUCache<string, true>({ max: REMEMBERED_KEYS });
  const knownSecrets = new LRUCache<string, Promise<Uint8Array>>({
    max: REMEMBERED_SECRETS,
    ttlResolution: 0,
    perf: { now: clock },
  });

  const probe = watch && probeUntilItWorks(watch, () => probeVault(connection, collections));
  const underWay = new Set<Promise<unknown>>();
  let closing = false;
  let closed: Promise<void> | undefined;

  function call<T>(work: () => Promise<T>): Promise<T> {
    if (closing) return Promise.reject(new EngineError('store_unavailable', 'expected the vault to be open, found it closed'));
    const result = work().catch((error: unknown) => {
      if (isEngineError(error, 'store_unavailable') || isEngineError(error, 'store_timeout')) probe?.failed(error.message);
      throw error;
    });
    underWay.add(result);
    const done = (): void => void underWay.delete(result);
    result.then(done, done);
    return result;
  }

  /** The key of a row that was read, unless it was destroyed here meanwhile. */
  function keyIn(row: KeyRow | undefined): DataKey | undefined {
    if (row?.state !== 'live' || destroyed.has(row.key_id)) return undefined;
    return { keyId: row.key_id, key: openRow(row, wrapping) };
  }

  async function close(): Promise<void> {
    closing = true;
    probe?.stop();
    await Promise.allSettled(underWay);
    cache.clear();
    knownSecrets.clear();
    await connection.close();
  }

  return {
    ensureKeys: (workspace, subjects) =>
      call(async () => {
        const found = new Map<string, DataKey>();
        const missing: string[] = [];
        for (const subject of new Set(subjects)) {
          const key = cache.bySubject(workspace, subject);
          if (key === undefined) missing.push(subject);
          else found.set(subject, key);
        }
        if (missing.length === 0) return found;
        const answers = await ensureGrouped(missing.map((subject) => keyRowId(workspace, subject)));
        for (const subject of missing) {
          const key = keyIn(answers.get(keyRowId(workspace, subject)));
          if (key === undefined) continue;
          cache.keep(key, { workspace, subject });
          found.set(subject, key);
        }
        return found;
      }),

    openKeys: (keyIds) =>
      call(async () => {
        const found = new Map<string, Uint8Array | 'destroyed'>();
        const missing: string[] = [];
        for (const keyId of new Set(keyIds)) {
          const key = cache.byId(keyId);
          if (key === undefined) missing.push(keyId);
          else found.set(keyId, key);
        }
        if (missing.length === 0) return found;
        const answers = await openGrouped(missing);
        for (const keyId of missing) {
          const row = answers.get(keyId);
          if (row === undefined) continue;
          const key = row.key_id === keyId ? keyIn(row) : undefined;
          if (key !== undefined) cache.keep(key);
          found.set(keyId, key?.key ?? 'destroyed');
        }
        return found;
      }),

    destroyKey: (workspace, subject) =>
      call(async () => {
        cache.forget(workspace, subject, []);
        const keyId = await rows.destroy(keyRowId(workspace, subject));
        if (keyId !== null) destroyed.set(keyId, true);
        cache.forget(workspace, subject, keyId === null ? [] : [keyId]);
      }),

    reopen: (workspace, subject) => call(() => rows.reopen(keyRowId(workspace, subject))),

    secret: (workspace, name) =>
      call(() => {
        const id = `${workspace}\0${name}`;
        const known = knownSecrets.get(id);
        if (known !== undefined) return known;
        const asked = secrets.read(workspace, name);
        // A look-up key is never replaced; the others may be, by another process.
        knownSecrets.set(id, asked, name === 'look_up' ? {} : { ttl: KEY_CACHE_MS });
        asked.catch(() => {
          if (knownSecrets.peek(id) === asked) knownSecrets.delete(id);
        });
        return asked;
      }),

    putSecret: (workspace, name, value) =>
      call(async () => {
        try {
          await secrets.put(workspace, name, value);
        } finally {
          // Whoever asked before the answer may have been given the old one.
          knownSecrets.delete(`${workspace}\0${name}`);
        }
      }),

    close: () => (closed ??= close()),
  };
}
