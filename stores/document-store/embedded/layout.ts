import type { IndexSpec } from '../document-store.port.js';
import type { FieldPath } from '../filter.js';
import { indexedValueExpression } from './json-path.js';

/** What a collection's table has beside its fixed columns: a column for each indexed path (by its JSON text) and, by name, the columns of each index. */
export interface Layout {
  readonly columns: Readonly<Record<string, { readonly column: string; readonly path: FieldPath }>>;
  readonly indexes: Readonly<Record<string, readonly string[]>>;
}

/** The layout of a collection without indexes. */
export const emptyLayout: Layout = { columns: {}, indexes: {} };

/**
 * The layout with exactly these indexes, and the SQL that leads there. Indexed values have columns of their own, written only when they change:
 * SQLite would rewrite an index over an expression of the body with every body.
 */
export function changeLayout(
  from: Layout,
  to: { readonly table: string; readonly indexes: readonly IndexSpec[] },
): { readonly layout: Layout; readonly statements: readonly string[] } {
  const { table } = to;
  const paths = new Map(to.indexes.flatMap((index) => index.paths).map((path) => [JSON.stringify(path), path]));
  const kept = Object.entries(from.columns).filter(([key]) => paths.has(key));
  const taken = Math.max(0, ...Object.values(from.columns).map(({ column }) => Number(column.slice(1))));
  const added = [...paths]
    .filter(([key]) => from.columns[key] === undefined)
    .map(([key, path], index) => {
      return [key, { column: `v${String(taken + 1 + index)}`, path }] as const;
    });
  const columns: Layout['columns'] = Object.fromEntries([...kept, ...added]);
  const columnsOf = (index: IndexSpec): readonly string[] =>
    index.paths.flatMap((path) => columns[JSON.stringify(path)]?.column ?? []);
  const indexes: Layout['indexes'] = Object.fromEntries(to.indexes.map((index) => [index.name, columnsOf(index)]));

  // As maps, because an index may have the name of something that every object has.
  const before = new Map(Object.entries(from.indexes));
  const after = new Map(Object.entries(indexes));
  const isSame = (name: string): boolean => before.get(name)?.join() === after.get(name)?.join();
  const gone = [...before.keys()].filter((name) => !isSame(name));
  const unused = Object.entries(from.columns).filter(([key]) => !paths.has(key));
  const fresh = [...after].filter(([name]) => !isSame(name));
  const statements = [
    ...gone.map((name) => `DROP INDEX "${table}:${name}"`),
    ...unused.map(([, { column }]) => `ALTER TABLE ${table} DROP COLUMN ${column}`),
    ...added.map(([, { column }]) => `ALTER TABLE ${table} ADD COLUMN ${column}`),
    ...fill(
      table,
      added.map(([, column]) => column),
    ),
    ...fresh.map(([name, of]) => `CREATE INDEX "${table}:${name}" ON ${table} (${of.join(', ')}, id, shown_until)`),
  ];
  return { layout: { columns, indexes }, statements };
}

function fill(table: string, added: readonly { readonly column: string; readonly path: FieldPath }[]): readonly string[] {
  if (added.length === 0) return [];
  const assignments = added.map(({ column, path }) => `${column} = ${indexedValueExpression('body', path)}`);
  return [`UPDATE ${table} SET ${assignments.join(', ')} WHERE body IS NOT NULL`];
}
