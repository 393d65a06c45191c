import { EngineError } from '../../../contracts/errors.js';
import type { IndexSpec } from '../document-store.port.js';
import type { FieldPath } from '../filter.js';
import { type Database, textOf } from './database.js';
import { valueExpression } from './json-path.js';

/** The collections of the file: a table each, and what is indexed in them. */
export interface Collections {
  ensure(collection: string, indexes: readonly IndexSpec[]): void;
  list(): readonly string[];
  drop(collection: string): void;
  /** The quoted name of the collection's table; null when there is no such collection. */
  table(collection: string): string | null;
  /** The same, but `invalid_input` when there is no such collection. */
  tableToWrite(collection: string): string;
  /** Whether a document may hold an array or an object at the path; known only for paths that an index begins with. */
  mayHoldArrays(collection: string, path: FieldPath): boolean;
  /** Reads anew what is there, after a transaction was undone. */
  reload(): void;
}

/** Knows the collections of this file and keeps them in step with it. */
export function openCollections(database: Database): Collections {
  const known = new Map<string, ReadonlyMap<string, string>>();

  const reload = (): void => {
    known.clear();
    for (const [name, indexes] of database.rows('SELECT name, indexes FROM collections ORDER BY name')) {
      // Written by `ensure` below.
      known.set(textOf(name), new Map(JSON.parse(textOf(indexes)) as [string, string][]));
    }
  };

  const create = (collection: string): void => {
    const table = quoted(`c:${collection}`);
    // `shown_until` (0 for tombstones) and `id` stand in every index, so that counts and walks are answered by the index alone.
    database.exec(`CREATE TABLE ${table} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, position INTEGER NOT NULL,
      shown_until INTEGER NOT NULL, expires_at INTEGER, body BLOB)`);
    database.exec(`CREATE INDEX ${quoted(`b:${collection}:id`)} ON ${table} (id, shown_until)`);
    database.exec(`CREATE INDEX ${quoted(`b:${collection}:expiry`)} ON ${table} (expires_at) WHERE expires_at IS NOT NULL`);
  };

  const ensure = (collection: string, indexes: readonly IndexSpec[]): void => {
    const present = known.get(collection);
    if (present === undefined) create(collection);
    const wanted = new Map(indexes.map((index) => [index.name, columnsOf(index)]));
    for (const [name, columns] of present ?? []) {
      if (wanted.get(name) !== columns) database.exec(`DROP INDEX ${quoted(`i:${collection}:${name}`)}`);
    }
    for (const [name, columns] of wanted) {
      if (present?.get(name) === columns) continue;
      database.exec(
        `CREATE INDEX ${quoted(`i:${collection}:${name}`)} ON ${quoted(`c:${collection}`)} (${columns}, id, shown_until)`,
      );
    }
    database.run('INSERT OR REPLACE INTO collections (name, indexes) VALUES (?, ?)', collection, JSON.stringify([...wanted]));
    known.set(collection, wanted);
  };

  const drop = (collection: string): void => {
    if (!known.has(collection)) return;
    database.exec(`DROP TABLE ${quoted(`c:${collection}`)}`);
    database.run('DELETE FROM collections WHERE name = ?', collection);
    known.delete(collection);
  };

  const table = (collection: string): string | null => (known.has(collection) ? quoted(`c:${collection}`) : null);

  const tableToWrite = (collection: string): string => {
    const found = table(collection);
    if (found === null)
      throw new EngineError(
        'invalid_input',
        `expected collection "${collection}" to be created before it is written to, found none`,
      );
    return found;
  };

  const mayHoldArrays = (collection: string, path: FieldPath): boolean => {
    const value = valueExpression('body', path);
    const indexed = [...(known.get(collection)?.values() ?? [])].some(
      (columns) => columns === value || columns.startsWith(`${value}, `),
    );
    return !indexed || database.row(`SELECT 1 FROM ${quoted(`c:${collection}`)} WHERE ${value} >= x'' LIMIT 1`) !== undefined;
  };

  reload();
  return { ensure, list: () => [...known.keys()].sort(), drop, table, tableToWrite, mayHoldArrays, reload };
}

function columnsOf(index: IndexSpec): string {
  return index.paths.map((path) => valueExpression('body', path)).join(', ');
}

function quoted(name: string): string {
  return `"${name}"`;
}
