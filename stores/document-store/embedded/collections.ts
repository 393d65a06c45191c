import { EngineError } from '../../../contracts/errors.js';
import type { IndexSpec } from '../document-store.port.js';
import type { FieldPath } from '../filter.js';
import { type Database, integerOf, textOf } from './database.js';
import { indexedValueExpression, valueExpression } from './json-path.js';
import { changeLayout, emptyLayout, type Layout } from './layout.js';

/** One collection as a table of the file. */
export interface CollectionTable {
  readonly table: string;
  /** The table, to be read by way of its index over the ids. */
  readonly inIdOrder: string;
  /** The columns that hold indexed values, and the SQL that takes each value from the JSON text in `?1`. */
  readonly values: readonly { readonly column: string; readonly path: FieldPath; readonly expression: string }[];
  /** The value at the path as SQL: a column where the path is indexed. */
  valueAt(path: FieldPath): string;
  /** The condition, as SQL, that an array or an object stands at the path; null where an index shows that no document holds one. */
  nestedAt(path: FieldPath): string | null;
}

/** The collections of the file. */
export interface Collections {
  ensure(collection: string, indexes: readonly IndexSpec[]): void;
  list(): readonly string[];
  /** Takes the collection out of the list; `sweep` takes its documents away. */
  drop(collection: string): void;
  /** Takes away a bounded part of what was dropped; false when there is nothing left of it. */
  sweep(): boolean;
  /** null when there is no such collection. */
  get(collection: string): CollectionTable | null;
  /** The same, but `invalid_input` when there is no such collection. */
  getToWrite(collection: string): CollectionTable;
  /** Reads anew what is there, after a transaction was undone. */
  reload(): void;
}

interface Known extends CollectionTable {
  readonly layout: Layout;
}

const SWEPT_AT_ONCE = 2_000;

/** Knows the collections of this file and keeps them in step with it. */
export function openCollections(database: Database): Collections {
  const known = new Map<string, Known>();

  const reload = (): void => {
    known.clear();
    for (const [name, number, layout] of database.rows('SELECT name, number, layout FROM collections ORDER BY name')) {
      // Written by `ensure` below.
      const parsed = JSON.parse(textOf(layout)) as Layout;
      known.set(textOf(name), tableOf(database, { table: `c${String(integerOf(number))}`, layout: parsed }));
    }
  };

  const ensure = (collection: string, indexes: readonly IndexSpec[]): void => {
    const present = known.get(collection);
    if (present === undefined) database.run('INSERT INTO collections (name, layout) VALUES (?, ?)', collection, '{}');
    const number = integerOf(database.row('SELECT number FROM collections WHERE name = ?', collection)?.[0]);
    const table = `c${String(number)}`;
    const { layout, statements } = changeLayout(present?.layout ?? emptyLayout, { table, indexes });
    if (present !== undefined && statements.length === 0) return;
    if (present === undefined) createTable(database, table, layout);
    for (const statement of present === undefined ? statements.filter((each) => each.startsWith('CREATE INDEX')) : statements) {
      database.exec(statement);
    }
    database.run('UPDATE collections SET layout = ? WHERE number = ?', JSON.stringify(layout), number);
    known.set(collection, tableOf(database, { table, layout }));
  };

  const drop = (collection: string): void => {
    database.run('DELETE FROM collections WHERE name = ?', collection);
    known.delete(collection);
  };

  const sweep = (): boolean => {
    const tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'c[0-9]*'";
    const row = database.row(`${tables} AND substr(name, 2) + 0 NOT IN (SELECT number FROM collections) LIMIT 1`);
    if (row === undefined) return false;
    const table = textOf(row[0]);
    const index = database.row("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? LIMIT 1", table);
    if (index !== undefined) database.exec(`DROP INDEX "${textOf(index[0])}"`);
    else if (database.run(`DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} LIMIT ${String(SWEPT_AT_ONCE)})`) === 0) {
      database.exec(`DROP TABLE ${table}`);
    }
    return true;
  };

  const getToWrite = (collection: string): CollectionTable => {
    const found = known.get(collection);
    if (found !== undefined) return found;
    const message = `expected collection "${collection}" to be created before it is written to, found none`;
    throw new EngineError('invalid_input', message, { details: { collection } });
  };

  reload();
  const list = (): readonly string[] => [...known.keys()].sort();
  return { ensure, list, drop, sweep, get: (collection) => known.get(collection) ?? null, getToWrite, reload };
}

function createTable(database: Database, table: string, layout: Layout): void {
  const values = Object.values(layout.columns).map(({ column }) => `${column}, `);
  // The body stands last, so that nothing has to be read past it.
  database.exec(`CREATE TABLE ${table} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, position INTEGER NOT NULL,
    shown_until INTEGER NOT NULL, expires_at INTEGER, ${values.join('')}body BLOB)`);
  // `id` and `shown_until` (0 for tombstones) stand in every index, so that counts and walks are answered by the index alone.
  database.exec(`CREATE INDEX "${table}:" ON ${table} (id, shown_until)`);
  database.exec(`CREATE INDEX "${table}::" ON ${table} (expires_at) WHERE expires_at IS NOT NULL`);
}

function tableOf(database: Database, { table, layout }: { readonly table: string; readonly layout: Layout }): Known {
  const first = new Set(Object.values(layout.indexes).map(([column]) => column));
  const columnOf = (path: FieldPath): string | undefined => layout.columns[JSON.stringify(path)]?.column;
  return {
    table,
    inIdOrder: `${table} INDEXED BY "${table}:"`,
    layout,
    values: Object.values(layout.columns).map(({ column, path }) => ({
      column,
      path,
      expression: indexedValueExpression('?1', path),
    })),
    valueAt: (path) => columnOf(path) ?? valueExpression('body', path),
    nestedAt: (path) => {
      const column = columnOf(path);
      if (column === undefined) return `${valueExpression('body', path)} >= x''`;
      const condition = `${column} = x''`;
      const isRuledOut = first.has(column) && database.row(`SELECT 1 FROM ${table} WHERE ${condition} LIMIT 1`) === undefined;
      return isRuledOut ? null : condition;
    },
  };
}
