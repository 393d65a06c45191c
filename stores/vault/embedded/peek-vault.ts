import { DatabaseSync } from '@photostructure/sqlite';

/** What a vault's file says without its key. */
export interface VaultContent {
  /** The id of the log that it was first opened with, undefined when it never was opened with one. */
  readonly log?: string;
  /** Whether it holds a key or a secret. */
  readonly holdsKeys: boolean;
}

/** Looks into a vault that exists, also while an engine uses it. Throws what the driver throws when the file is no vault. */
export function peekVault(file: string): VaultContent {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 1000, returnArrays: true });
  try {
    const first = (sql: string): unknown => (database.prepare(sql).get() as readonly unknown[] | undefined)?.[0];
    const has = (table: string): boolean => first(`SELECT 1 FROM sqlite_schema WHERE name = '${table}'`) === 1;
    const holds = (table: string): boolean => has(table) && first(`SELECT 1 FROM ${table} LIMIT 1`) === 1;
    const log = has('bound_log') ? first('SELECT log FROM bound_log') : undefined;
    return { ...(typeof log === 'string' && { log }), holdsKeys: holds('keys') || holds('secrets') };
  } finally {
    database.close();
  }
}
