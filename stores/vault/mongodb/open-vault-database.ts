import { Binary } from 'mongodb';
import { EngineError } from '../../../contracts/errors.js';
import type { Connection } from '../../mongodb/connection.js';
import { isDuplicateKey } from '../../mongodb/driver-errors.js';
import { type KeyWrapping, opensCheckValue, wrapCheckValue } from '../key-wrapping.js';
import { VAULT_ROW, type VaultCollections, type VaultRow } from './rows.js';

const FORMAT = 1;

/** Makes the vault if there is none, and proves the vault key on it; `vault_key_wrong` and `store_format_unsupported` refuse. */
export async function proveVaultKey(
  connection: Connection,
  { vault, keys }: VaultCollections,
  wrapping: KeyWrapping,
): Promise<void> {
  const row = (await readVaultRow(connection, vault)) ?? (await makeVault(connection, vault, wrapping));
  if (row.format !== FORMAT) {
    const message = `expected a vault of format ${String(FORMAT)}, found format ${String(row.format)} in ${vault.namespace}`;
    throw new EngineError('store_format_unsupported', message, { details: { expected: FORMAT } });
  }
  if (row.version !== wrapping.version) {
    const message = `expected a vault key of version ${String(row.version)}, found ${String(wrapping.version)}, for ${vault.namespace}`;
    throw new EngineError('vault_key_wrong', message);
  }
  if (!opensCheckValue(wrapping, bytesOf(row.check_value))) {
    const message = `expected the vault key (version ${String(row.version)}) that made ${vault.namespace}, found another one`;
    throw new EngineError('vault_key_wrong', message);
  }
  // Not unique, so that the keys can be sharded: ids are random, and nobody chooses them.
  await connection.build('indexing the keys of the vault', (bounds) =>
    keys.createIndex({ ids: 1 }, { name: 'cebe:ids' }, { ...bounds }),
  );
}

/** Remembers the log that the vault belongs to, at the first time; another one is refused from then on (`data_folder_mixed`). */
export async function bindLog(connection: Connection, { vault }: VaultCollections, log: string): Promise<void> {
  await connection.again('binding the vault to its log', (bounds) =>
    vault.updateOne({ _id: VAULT_ROW, log: { $exists: false } }, { $set: { log } }, { ...bounds }),
  );
  const bound = (await readVaultRow(connection, vault))?.log;
  if (bound === log) return;
  throw new EngineError(
    'data_folder_mixed',
    `Expected the log ${String(bound)} beside the vault ${vault.namespace} that seals its events, found the log ${log}; let EVENTSTORE_URL and MONGODB_URL name stores that belong together, or restore both from one backup`,
    { details: { expected: bound, found: log } },
  );
}

/** Writes something that changes nothing, and waits until it is durable. */
export async function probeVault(connection: Connection, { vault }: VaultCollections): Promise<void> {
  await connection.once('probing the vault', (bounds) =>
    vault.updateOne({ _id: VAULT_ROW }, { $set: { format: FORMAT } }, { ...bounds }),
  );
}

/** The bytes that a row holds. */
export function bytesOf(binary: Binary): Uint8Array {
  return binary.buffer.subarray(0, binary.position);
}

function readVaultRow(connection: Connection, vault: VaultCollections['vault']): Promise<VaultRow | null> {
  return connection.again('reading the vault', (bounds) => vault.findOne({ _id: VAULT_ROW }, { ...bounds }));
}

/** Of several that make it at once, one does; the others find it. */
async function makeVault(connection: Connection, vault: VaultCollections['vault'], wrapping: KeyWrapping): Promise<VaultRow> {
  const made: VaultRow = {
    _id: VAULT_ROW,
    format: FORMAT,
    version: wrapping.version,
    check_value: new Binary(wrapCheckValue(wrapping)),
  };
  await connection.again('making the vault', (bounds) =>
    vault.insertOne(made, { ...bounds }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    }),
  );
  return (await readVaultRow(connection, vault)) ?? made;
}
