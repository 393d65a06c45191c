import { randomUUID } from 'node:crypto';
import { DatabaseSync } from '@photostructure/sqlite';
import { EngineError } from '../../../contracts/errors.js';
import { asLogError, damaged, wholeNumber } from './log-errors.js';
import { stateChecksum } from './row-checksum.js';

export type Database = InstanceType<typeof DatabaseSync>;

/** Format of `log.sqlite`, kept in `PRAGMA user_version`. Raise it with an upgrade from each older one. */
export const LOG_FORMAT = 1;
const APPLICATION_ID = 0x43454245;

/**
 * `events` is the log; the rest can be rebuilt from it. `by_id`, `by_stream` and `by_name` are filled behind the log, sorted and in bulk
 * (tail-merge.ts), because a random page for each append is what makes a log slow once it is large; `log_state.indexed_to` says how far.
 */
const schema = `
CREATE TABLE events (
  position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL,
  id BLOB NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE categories (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE by_category (category INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (category, position)) STRICT, WITHOUT ROWID;
CREATE TABLE by_id (id BLOB NOT NULL PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE by_stream (
  stream INTEGER NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (stream, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE by_name (name TEXT NOT NULL PRIMARY KEY, stream INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE log_state (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1), store_id TEXT NOT NULL, indexed_to INTEGER NOT NULL, checksum INTEGER NOT NULL
) STRICT;
`;

/** What the log says about itself: positions below `indexedTo` are in the lookup tables. */
export interface LogState {
  readonly storeId: string;
  readonly indexedTo: number;
}

/** Opens the log for its one writer, making it, with the id if one is given, where it is absent. Errors: `store_format_unsupported`, `corrupt_event`. */
export function openLogForWriting(file: string, newStoreId?: string): Database {
  return opening(file, () => {
    const db = new DatabaseSync(file, { returnArrays: true, timeout: 5000 });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -24576; PRAGMA wal_autocheckpoint = 4000');
    const format = readNumber(db, 'PRAGMA user_version');
    if (format === 0 && readNumber(db, 'SELECT count(*) FROM sqlite_schema') === 0) create(db, newStoreId);
    else assertFormat(db, file, format);
    return db;
  });
}

/** Opens a log that exists for reading. Errors: as for writing. */
export function openLogForReading(file: string): Database {
  return opening(file, () => {
    const db = new DatabaseSync(file, { returnArrays: true, timeout: 5000, readOnly: true });
    db.exec('PRAGMA cache_size = -8192');
    assertFormat(db, file, readNumber(db, 'PRAGMA user_version'));
    return db;
  });
}

/** Reads what the log says about itself; a damaged statement is refused. */
export function readLogState(db: Database): LogState {
  const row: unknown = db.prepare('SELECT store_id, indexed_to, checksum FROM log_state').get();
  if (!Array.isArray(row)) throw damaged('unknown', 'no statement of which log this is');
  const [storeId, indexedTo, checksum] = row as readonly unknown[];
  if (typeof storeId !== 'string' || typeof indexedTo !== 'number' || checksum !== stateChecksum(storeId, indexedTo)) {
    throw damaged('unknown', 'a damaged statement of which log this is');
  }
  return { storeId, indexedTo };
}

/** Replaces what the log says about itself; within the caller's transaction. */
export function writeLogState(db: Database, state: LogState): void {
  db.prepare('INSERT OR REPLACE INTO log_state VALUES (1, ?, ?, ?)').run(
    state.storeId,
    state.indexedTo,
    stateChecksum(state.storeId, state.indexedTo),
  );
}

/** The single number that a statement answers. */
export function readNumber(db: Database, sql: string): number {
  return wholeNumber(db.prepare(sql).get());
}

function create(db: Database, storeId: string = randomUUID()): void {
  db.exec('BEGIN IMMEDIATE');
  db.exec(schema);
  writeLogState(db, { storeId, indexedTo: 0 });
  db.exec(`PRAGMA application_id = ${String(APPLICATION_ID)}; PRAGMA user_version = ${String(LOG_FORMAT)}; COMMIT`);
}

function assertFormat(db: Database, file: string, format: number): void {
  if (format === LOG_FORMAT && readNumber(db, 'PRAGMA application_id') === APPLICATION_ID) return;
  throw new EngineError(
    'store_format_unsupported',
    `Expected ${file} to be an event log of format ${String(LOG_FORMAT)}, found format ${String(format)}; open it with the version of CEBE that wrote it`,
    { details: { file, expected: LOG_FORMAT, found: format } },
  );
}

function opening(file: string, open: () => Database): Database {
  try {
    return open();
  } catch (error) {
    const known = asLogError(error, 'unknown');
    throw new EngineError(known.code, `${file}: ${known.message}`, { details: { ...known.details, file }, cause: error });
  }
}
