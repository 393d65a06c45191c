import { Binary } from 'mongodb';
import { EngineError } from '../../../contracts/errors.js';
import { type Connection, connect, databaseIn } from '../../mongodb/connection.js';
import { isDuplicateKey } from '../../mongodb/driver-errors.js';
import { createKeyWrapping, type KeyWrapping, opensCheckValue, type VaultKey, wrapCheckValue } from '../key-wrapping.js';
import { VAULT_ROW, vaultCollections, type VaultCollections, type VaultRow } from './rows.js';

const FORMAT = 1;

/** Which vault, and what proves that it is meant. */
export interface VaultDatabaseOptions {
  /** `mongodb://` or `mongodb+srv://`; its own options win over the defaults, but not over the durability of writes. */
  readonly url: string;
  /** Absent: the one in the URL, else `cebe`, followed by `_vault`: dropping the database of the documents leaves the vault alone. */
  readonly database?: string;
  readonly vaultKey: VaultKey;
  /** The id of the log beside it: a vault belongs to the first one it is opened with. Absent: not looked at. */
  readonly log?: Promise<string>;
  /** For one call of the server, in ms; absent: 10,000. */
  readonly timeoutMs?: number;
}

/** A vault that is open; whoever opened it closes the connection. */
export interface VaultDatabase {
  readonly connection: Connection;
  readonly collections: VaultCollections;
  readonly wrapping: KeyWrapping;
}

/** Opens the vault, making it if there is none. Throws `vault_key_wrong`, `data_folder_mixed`, `store_format_unsupported`, `store_unavailable`. */
export async function openVaultDatabase(options: VaultDatabaseOptions): Promise<VaultDatabase> {
  const { url, timeoutMs } = options;
  const wrapping = createKeyWrapping(options.vaultKey);
  const name = options.database ?? `${databaseIn(url)}_vault`;
  const connection = await connect('MongoDB vault', { url, ...(timeoutMs !== undefined && { timeoutMs }) });
  const collections = vaultCollections(connection.database(name));
  try {
    await proveVaultKey(connection, collections, wrapping);
    if (options.log !== undefined) await bindLog(connection, collections, await options.log);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return { connection, collections, wrapping };
}

/** Makes the vault if there is none, and proves the vault key on it; `vault_key_wrong` and `store_format_unsupported` refuse. */
async function proveVaultKey(connection: Connection, { vault, keys }: VaultCollections, wrapping: KeyWrapping): Promise<void> {
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
async function bindLog(connection: Connection, { vault }: VaultCollections, log: string): Promise<void> {
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
