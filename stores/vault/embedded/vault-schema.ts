import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { EngineError } from '../../../contracts/errors.js';
import { type KeyWrapping, opensCheckValue, wrapCheckValue } from '../key-wrapping.js';

const FORMAT_VERSION = 1;
/** "cebv": tells the file from other databases. */
const APPLICATION_ID = 0x63656276;
/** How long a reader of another process, such as a backup, may hold up the emptying of the WAL. */
const BUSY_TIMEOUT_MS = 250;
const SQLITE_NOTADB = 26;

/**
 * Wrapped keys are rows that are only ever appended, and overwritten in place with zeros of the same length: SQLite then never
 * moves a wrapped key between pages, where a copy could outlive its destruction. `current` marks the one row that answers for a subject.
 */
const SCHEMA = `
  CREATE TABLE vault_keys (version INTEGER PRIMARY KEY, check_value BLOB NOT NULL);
  CREATE TABLE keys (
    number INTEGER PRIMARY KEY,
    key_id TEXT NOT NULL,
    workspace TEXT NOT NULL,
    subject TEXT NOT NULL,
    version INTEGER NOT NULL,
    live INTEGER NOT NULL,
    current INTEGER NOT NULL,
    wrapped BLOB NOT NULL
  );
  CREATE UNIQUE INDEX keys_by_id ON keys (key_id);
  CREATE UNIQUE INDEX keys_by_subject ON keys (workspace, subject) WHERE current = 1;
  CREATE TABLE secrets (
    number INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    wrapped BLOB NOT NULL
  );
  CREATE UNIQUE INDEX secrets_by_name ON secrets (workspace, name);
`;

/** The log whose events the keys seal. Vaults made before there was such a table get it when they are opened. */
const BOUND_LOG = `CREATE TABLE IF NOT EXISTS bound_log (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1), log TEXT NOT NULL
)`;

/** Opens or makes the vault's file and proves the vault key on it; `vault_key_wrong` and `store_format_unsupported` refuse. */
export function openVaultDatabase(file: string, wrapping: KeyWrapping): DatabaseSyncInstance {
  // The WAL and the shared-memory file take over the mode of the database file.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    database.exec('PRAGMA secure_delete = ON; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY');
    prepareFormat(database, file);
    database.exec(BOUND_LOG);
    proveVaultKey(database, wrapping, file);
    // After a crash the WAL may hold what was destroyed just before it.
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return database;
  } catch (error) {
    database.close();
    if (isNotADatabase(error)) throw unsupported(file, 'something that is no database');
    throw error;
  }
}

function prepareFormat(database: DatabaseSyncInstance, file: string): void {
  const format = readPragma(database, 'user_version');
  if (format === 0 && readPragma(database, 'application_id') === 0) {
    database.exec(
      `BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`,
    );
    return;
  }
  if (readPragma(database, 'application_id') !== APPLICATION_ID || format !== FORMAT_VERSION) {
    throw unsupported(file, `format ${format}`);
  }
}

function unsupported(file: string, found: string): EngineError {
  return new EngineError('store_format_unsupported', `expected a vault of format ${FORMAT_VERSION}, found ${found} in ${file}`, {
    details: { file, expected: FORMAT_VERSION },
  });
}

function isNotADatabase(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === SQLITE_NOTADB;
}

function proveVaultKey(database: DatabaseSyncInstance, wrapping: KeyWrapping, file: string): void {
  // The shape is that of the table above.
  const rows = database.prepare('SELECT version, check_value FROM vault_keys').all() as {
    version: number;
    check_value: Uint8Array;
  }[];
  if (rows.length === 0) {
    database
      .prepare('INSERT INTO vault_keys (version, check_value) VALUES (?, ?)')
      .run(wrapping.version, wrapCheckValue(wrapping));
    return;
  }
  const row = rows.find((candidate) => candidate.version === wrapping.version);
  const versions = rows.map((candidate) => candidate.version).join(', ');
  if (row === undefined) {
    throw new EngineError(
      'vault_key_wrong',
      `expected a vault key of version ${versions}, found ${wrapping.version}, for ${file}`,
    );
  }
  if (!opensCheckValue(wrapping, row.check_value)) {
    throw new EngineError('vault_key_wrong', `expected the vault key (version ${versions}) that made ${file}, found another one`);
  }
}

function readPragma(database: DatabaseSyncInstance, name: 'user_version' | 'application_id'): number {
  // A pragma that reads answers one row with one integer of its own name.
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number>;
  return row[name] ?? 0;
}
