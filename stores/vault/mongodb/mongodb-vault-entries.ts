import { Binary, type AnyBulkWriteOperation } from 'mongodb';
import type { Connection } from '../../mongodb/connection.js';
import { anotherVault, assertChecks } from '../import-refusals.js';
import type { VaultEntries, VaultEntry } from '../vault-entries.port.js';
import type { WorkspaceSecret } from '../vault.port.js';
import { destroyedKey, importKey, keyEntriesOf, type KeyEntry } from './key-entries.js';
import { bytesOf, openVaultDatabase, type VaultDatabaseOptions } from './open-vault-database.js';
import { type KeyRow, keyRowId, type SecretRow, secretRowId, VAULT_ROW, type VaultCollections } from './rows.js';

const PAGE = 1000;

/**
 * Opens a vault in a MongoDB for copying, making it if it is absent, and binds it to the log. Throws `vault_key_wrong`, `data_folder_mixed`,
 * `store_format_unsupported`, `store_unavailable`.
 */
export async function openMongodbVaultEntries(options: VaultDatabaseOptions): Promise<VaultEntries> {
  const { connection, collections, wrapping } = await openVaultDatabase(options);
  return {
    exportEntries: () => exportFrom(connection, collections),
    async importEntries(entries) {
      assertChecks(entries, wrapping);
      for (let next = 0; next < entries.length; next += PAGE) {
        const some = entries.slice(next, next + PAGE);
        const keys = some.filter((entry) => entry.kind === 'key');
        await importKeys(connection, collections, { keys, version: wrapping.version });
        await importSecrets(
          connection,
          collections,
          some.filter((entry) => entry.kind === 'secret'),
        );
      }
    },
    close: () => connection.close(),
  };
}

async function* exportFrom(connection: Connection, collections: VaultCollections): AsyncGenerator<readonly VaultEntry[]> {
  const { keys, secrets, vault } = collections;
  const row = await connection.again('reading the vault', (bounds) => vault.findOne({ _id: VAULT_ROW }, { ...bounds }));
  if (row !== null) yield [{ kind: 'check', version: row.version, wrapped: bytesOf(row.check_value) }];
  yield* pages(
    (after) =>
      connection.again('reading keys of the vault', (bounds) =>
        keys.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE, batchSize: PAGE, ...bounds }).toArray(),
      ),
    (rows: readonly KeyRow[]) => rows.flatMap(keyEntriesOf),
  );
  yield* pages(
    (after) =>
      connection.again('reading secrets of the vault', (bounds) =>
        secrets.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE, batchSize: PAGE, ...bounds }).toArray(),
      ),
    (rows: readonly SecretRow[]) => rows.map(secretEntryOf),
  );
}

async function* pages<Row extends { readonly _id: string }>(
  read: (after: string) => Promise<readonly Row[]>,
  entriesOf: (rows: readonly Row[]) => readonly VaultEntry[],
): AsyncGenerator<readonly VaultEntry[]> {
  for (let after = ''; ;) {
    const rows = await read(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield entriesOf(rows);
    after = last._id;
  }
}

function secretEntryOf({ _id, version, wrapped }: SecretRow): VaultEntry {
  const slash = _id.indexOf('/');
  // Rows are made by secretRowId.
  const name = _id.slice(slash + 1) as WorkspaceSecret;
  return { kind: 'secret', workspace: _id.slice(0, slash), name, version, wrapped: bytesOf(wrapped) };
}

/** Nobody else writes here meanwhile: each subject is read, decided and written as a whole. */
async function importKeys(
  connection: Connection,
  { keys: rows }: VaultCollections,
  { keys, version }: { readonly keys: readonly KeyEntry[]; readonly version: number },
): Promise<void> {
  if (keys.length === 0) return;
  const ids = [...new Set(keys.map(({ workspace, subject }) => keyRowId(workspace, subject)))];
  const known = await connection.again('reading keys of the vault', (bounds) =>
    rows.find({ _id: { $in: ids } }, { batchSize: ids.length, ...bounds }).toArray(),
  );
  const before = new Map(known.map((row) => [row._id, row]));
  const after = new Map(before);
  for (const key of keys) {
    const id = keyRowId(key.workspace, key.subject);
    after.set(id, importKey(after.get(id), key, { id, destroyed: { version, wrapped: destroyedKey() } }));
  }
  const writes = [...after.values()].flatMap((row): AnyBulkWriteOperation<KeyRow>[] => {
    if (before.get(row._id) === row) return [];
    const { _id, ...$set } = row;
    return [{ updateOne: { filter: { _id }, update: { $set }, upsert: true } }];
  });
  if (writes.length === 0) return;
  await connection.again('copying keys of the vault', (bounds) => rows.bulkWrite(writes, { ordered: false, ...bounds }));
}

async function importSecrets(
  connection: Connection,
  { secrets }: VaultCollections,
  entries: readonly (VaultEntry & { readonly kind: 'secret' })[],
): Promise<void> {
  for (const { workspace, name, version, wrapped } of entries) {
    const _id = secretRowId(workspace, name);
    if (name === 'look_up') {
      const known = await connection.again('reading a secret of the vault', (bounds) => secrets.findOne({ _id }, { ...bounds }));
      if (known !== null && Buffer.compare(bytesOf(known.wrapped), wrapped) !== 0) {
        throw anotherVault(`the look-up key of ${workspace}`);
      }
    }
    const $set = { version, wrapped: new Binary(wrapped) };
    await connection.again('copying a secret of the vault', (bounds) =>
      secrets.updateOne({ _id }, { $set }, { upsert: true, ...bounds }),
    );
  }
}
