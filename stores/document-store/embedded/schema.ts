import { EngineError } from '../../../contracts/errors.js';
import { isDamage, rebuildAdvice } from './damaged-file.js';
import { Database, integerOf } from './database.js';

const FORMAT = 1n;
/** "CEBD", so that another program's file is told from ours. */
const APPLICATION = 0x43454244n;

/** Opens the file or creates it; `store_format_unsupported` when it is another program's or another version's. */
export function openDatabase(file: string): Database {
  const database = new Database(file);
  try {
    checkFormat(database, file);
    // Documents can be rebuilt from the log, so a commit need not be on the disk; WAL keeps commits in order, so what came before a checkpoint is there with it.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA busy_timeout = 5000;',
    );
    database.exec(
      'PRAGMA cache_size = -24576; PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;',
    );
    database.exec(`BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS leases (name TEXT PRIMARY KEY NOT NULL, holder TEXT NOT NULL, epoch INTEGER NOT NULL, expires_at INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY NOT NULL, position INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS followed_log (singleton INTEGER PRIMARY KEY CHECK (singleton = 1), log TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS collections (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, layout TEXT NOT NULL);
      PRAGMA application_id = ${String(APPLICATION)}; PRAGMA user_version = ${String(FORMAT)};
      COMMIT;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkFormat(database: Database, file: string): void {
  const pragma = (name: string): bigint => integerOf(database.row(`PRAGMA ${name}`)?.[0]);
  let found: { readonly application: bigint; readonly version: bigint; readonly tables: bigint };
  try {
    const tables = integerOf(database.row('SELECT count(*) FROM sqlite_schema')?.[0]);
    found = { application: pragma('application_id'), version: pragma('user_version'), tables };
  } catch (cause) {
    if (!isDamage(cause) || !cause.message.includes('not a database')) throw cause;
    throw unsupported(file, `a file that is no SQLite database; ${rebuildAdvice(file)}`, { cause });
  }
  if (found.tables === 0n && found.version === 0n) return;
  if (found.application !== APPLICATION) throw unsupported(file, "another program's SQLite database");
  if (found.version !== FORMAT) throw unsupported(file, `version ${String(found.version)}`);
}

function unsupported(file: string, found: string, options: { readonly cause?: unknown } = {}): EngineError {
  return new EngineError(
    'store_format_unsupported',
    `expected documents of format version ${String(FORMAT)} in ${file}, found ${found}`,
    {
      details: { file, expected: Number(FORMAT) },
      ...options,
    },
  );
}
