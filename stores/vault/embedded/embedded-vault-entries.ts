import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { EngineError } from '../../../contracts/errors.js';
import { anotherVault, assertChecks } from '../import-refusals.js';
import { createKeyWrapping, DESTROYED_KEY, type VaultKey } from '../key-wrapping.js';
import type { VaultEntries, VaultEntry, VaultEntrySource } from '../vault-entries.port.js';
import type { WorkspaceSecret } from '../vault.port.js';
import { openVaultDatabase } from './vault-schema.js';

/** Few enough that no read holds up the engine that destroys a key at that moment. */
const PAGE = 1000;

interface KeyRow {
  readonly number: number;
  readonly key_id: string;
  readonly workspace: string;
  readonly subject: string;
  readonly version: number;
  readonly live: number;
  readonly current: number;
  readonly wrapped: Uint8Array;
}

interface SecretRow {
  readonly number: number;
  readonly workspace: string;
  readonly name: WorkspaceSecret;
  readonly version: number;
  readonly wrapped: Uint8Array;
}

/** The entries of a vault's file, also while an engine uses it; the vault key is not needed. Throws `store_unavailable` when it cannot be read. */
export function readEmbeddedVault(file: string): VaultEntrySource {
  return { exportEntries: () => exportFrom(file) };
}

/** Opens a vault's file for copying, making it if it is absent. Throws `vault_key_wrong`, `store_format_unsupported`. */
export function openEmbeddedVaultEntries(options: { readonly file: string; readonly vaultKey: VaultKey }): VaultEntries {
  const wrapping = createKeyWrapping(options.vaultKey);
  const database = openVaultDatabase(options.file, wrapping);
  const importEntry = createImport(database, wrapping.version);
  return {
    exportEntries: () => exportFrom(options.file),
    async importEntries(entries) {
      assertChecks(entries, wrapping);
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const entry of entries) importEntry(entry);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
      return Promise.resolve();
    },
    close() {
      // What was overwritten leaves the WAL too.
      if (database.isOpen) {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        database.close();
      }
      return Promise.resolve();
    },
  };
}

async function* exportFrom(file: string): AsyncGenerator<readonly VaultEntry[]> {
  const database = openForReading(file);
  try {
    // The shapes of rows are those of their column lists.
    const checks = database.prepare('SELECT version, check_value FROM vault_keys').all() as {
      readonly version: number;
      readonly check_value: Uint8Array;
    }[];
    yield checks.map(({ version, check_value }): VaultEntry => ({ kind: 'check', version, wrapped: check_value }));
    const keys = database.prepare(
      'SELECT number, key_id, workspace, subject, version, live, current, wrapped FROM keys WHERE number > ? ORDER BY number LIMIT ?',
    );
    yield* pages((after) => keys.all(after, PAGE) as unknown as readonly KeyRow[], keyEntry);
    const secrets = database.prepare(
      'SELECT number, workspace, name, version, wrapped FROM secrets WHERE number > ? ORDER BY number LIMIT ?',
    );
    yield* pages((after) => secrets.all(after, PAGE) as unknown as readonly SecretRow[], secretEntry);
  } finally {
    database.close();
  }
}

function openForReading(file: string): DatabaseSyncInstance {
  try {
    return new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new EngineError('store_unavailable', `expected to read the vault ${file}, found: ${found}`, { cause: error });
  }
}

async function* pages<Row extends { readonly number: number }>(
  read: (after: number) => readonly Row[],
  entryOf: (row: Row) => VaultEntry,
): AsyncGenerator<readonly VaultEntry[]> {
  for (let after = -1; ;) {
    const rows = read(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield await Promise.resolve(rows.map(entryOf));
    after = last.number;
  }
}

function keyEntry({ key_id, workspace, subject, version, live, current, wrapped }: KeyRow): VaultEntry {
  const name = { kind: 'key', key_id, workspace, subject, current: current === 1 } as const;
  return live === 1 ? { ...name, state: 'live', version, wrapped } : { ...name, state: 'destroyed' };
}

function secretEntry({ workspace, name, version, wrapped }: SecretRow): VaultEntry {
  return { kind: 'secret', workspace, name, version, wrapped };
}

function createImport(database: DatabaseSyncInstance, keyVersion: number): (entry: VaultEntry) => void {
  const byId = database.prepare('SELECT number, live, current FROM keys WHERE key_id = ?');
  const insertKey = database.prepare(
    'INSERT INTO keys (key_id, workspace, subject, version, live, current, wrapped) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const destroyKey = database.prepare('UPDATE keys SET live = 0, wrapped = ? WHERE number = ? AND live = 1');
  const retireKey = database.prepare('UPDATE keys SET current = 0 WHERE number = ?');
  const retireDestroyed = database.prepare(
    'UPDATE keys SET current = 0 WHERE workspace = ? AND subject = ? AND current = 1 AND live = 0',
  );
  const currentKey = database.prepare('SELECT key_id FROM keys WHERE workspace = ? AND subject = ? AND current = 1');
  const secretOf = database.prepare('SELECT wrapped FROM secrets WHERE workspace = ? AND name = ?');
  const putSecret = database.prepare(
    `INSERT INTO secrets (workspace, name, version, wrapped) VALUES (?, ?, ?, ?)
     ON CONFLICT (workspace, name) DO UPDATE SET version = excluded.version, wrapped = excluded.wrapped`,
  );

  function importKey(entry: VaultEntry & { readonly kind: 'key' }): void {
    const { key_id, workspace, subject, state, current } = entry;
    // The shapes are those of their column lists.
    const known = byId.get(key_id) as Pick<KeyRow, 'number' | 'live' | 'current'> | undefined;
    if (known !== undefined) {
      if (state === 'destroyed') destroyKey.run(DESTROYED_KEY, known.number);
      if (!current) retireKey.run(known.number);
      return;
    }
    if (current) {
      retireDestroyed.run(workspace, subject);
      if (currentKey.get(workspace, subject) !== undefined) throw anotherVault(`a key of ${subject} in ${workspace}`);
    }
    const [version, wrapped] = state === 'live' ? [entry.version, entry.wrapped] : [keyVersion, DESTROYED_KEY];
    insertKey.run(key_id, workspace, subject, version, state === 'live' ? 1 : 0, current ? 1 : 0, wrapped);
  }

  return (entry) => {
    switch (entry.kind) {
      case 'check':
        return;
      case 'key':
        importKey(entry);
        return;
      case 'secret': {
        const { workspace, name, version, wrapped } = entry;
        const known = secretOf.get(workspace, name) as Pick<SecretRow, 'wrapped'> | undefined;
        if (name === 'look_up' && known !== undefined && Buffer.compare(known.wrapped, wrapped) !== 0) {
          throw anotherVault(`the look-up key of ${workspace}`);
        }
        putSecret.run(workspace, name, version, wrapped);
      }
    }
  };
}
