import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { EngineError, isEngineError } from '../contracts/errors.js';

/** Format of the data folder as a whole, kept in its lock file. Raise it with an upgrade from each older one. */
export const FOLDER_FORMAT = 1;

const LOCK_FILE = 'folder.lock';
const SQLITE_BUSY = 5;

/** A connection that is garbage is closed: whoever locks a folder and keeps nothing must still hold it. */
const held = new Set<InstanceType<typeof DatabaseSync>>();

/** A data folder that this process alone may use. */
export interface LockedFolder {
  readonly path: string;
  /** Lets others in. The end of the process, however it ends, does the same. */
  release(): void;
}

/**
 * Makes the folder if it is absent, and takes it for this process. The lock is one of the file system, held by an open transaction, so that
 * nothing has to be cleaned up after a crash. Errors: `data_folder_locked` (details: folder, pid where known), `store_format_unsupported`.
 */
export function lockDataFolder(path: string): LockedFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(join(path, LOCK_FILE), { returnArrays: true, timeout: 0 });
  try {
    hold(db, path);
  } catch (error) {
    const refusal = isEngineError(error) ? error : refusalOf(db, path, error);
    db.close();
    throw refusal;
  }
  held.add(db);
  return {
    path,
    release() {
      if (!held.delete(db)) return;
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

/** Says who holds the folder, then holds it. Whoever comes between the two wins, and is the one that is named. */
function hold(db: InstanceType<typeof DatabaseSync>, path: string): void {
  db.exec('PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE');
  const found = firstNumber(db, 'PRAGMA user_version') ?? 0;
  if (found > FOLDER_FORMAT) {
    throw new EngineError(
      'store_format_unsupported',
      `Expected ${path} to be a data folder of format ${String(FOLDER_FORMAT)} or older, found format ${String(found)}; open it with the version of CEBE that wrote it`,
      { details: { folder: path, expected: FOLDER_FORMAT, found } },
    );
  }
  db.exec('CREATE TABLE IF NOT EXISTS holder (singleton INTEGER PRIMARY KEY CHECK (singleton = 1), pid INTEGER NOT NULL)');
  db.prepare('INSERT OR REPLACE INTO holder VALUES (1, ?)').run(process.pid);
  db.exec(`PRAGMA user_version = ${String(FOLDER_FORMAT)}; COMMIT; BEGIN IMMEDIATE`);
}

function refusalOf(db: InstanceType<typeof DatabaseSync>, path: string, error: unknown): EngineError {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
  if (typeof code !== 'number' || (code & 0xff) !== SQLITE_BUSY) {
    const message = error instanceof Error ? error.message : String(error);
    return new EngineError('store_unavailable', `The lock of the data folder ${path} cannot be taken: ${message}`, {
      cause: error,
    });
  }
  const pid = holderOf(db);
  return new EngineError(
    'data_folder_locked',
    `Expected the data folder ${path} to be free, found it used by ${pid === undefined ? 'another process' : `process ${String(pid)}`}`,
    { details: { folder: path, ...(pid !== undefined && { pid }) } },
  );
}

/** The holder may be busy writing its name at this moment; then it stays unnamed. */
function holderOf(db: InstanceType<typeof DatabaseSync>): number | undefined {
  try {
    return firstNumber(db, 'SELECT pid FROM holder');
  } catch {
    return undefined;
  }
}

function firstNumber(db: InstanceType<typeof DatabaseSync>, sql: string): number | undefined {
  const row: unknown = db.prepare(sql).get();
  const value: unknown = Array.isArray(row) ? row[0] : undefined;
  return typeof value === 'number' ? value : undefined;
}
