import { endOfPrefix } from '../code-points.js';
import type { SortKey } from '../document-store.port.js';
import type { FieldPath } from '../filter.js';
import type { PageEnd } from '../page-cursor.js';
import type { Collections } from './collections.js';
import { type Database, integerOf, type SqlValue, textOf } from './database.js';
import { filterToSql } from './filter-to-sql.js';
import { valueExpression } from './json-path.js';
import type { PageQuery, PageRows, Selection } from './protocol.js';
import { boundValue, type Sql, sql } from './scalar-tests.js';

interface Source {
  readonly database: Database;
  readonly collections: Collections;
}

/** A page of documents, and whether more come behind it. */
export function findRows(source: Source, query: PageQuery): PageRows {
  const found: (readonly SqlValue[])[] = [];
  for (const statement of findStatements(source, query)) {
    const left = query.limit + 1 - found.length;
    if (left > 0) found.push(...source.database.rows(statement.text, ...statement.parameters, left));
  }
  const rows = found
    .slice(0, query.limit)
    .map(([id, position, json]) => ({ id: textOf(id), position: integerOf(position), json: textOf(json) }));
  return { rows, more: found.length > query.limit };
}

/** How many documents meet the selection. */
export function countRows(source: Source, selection: Selection): number {
  const statement = countStatement(source, selection);
  if (statement === null) return 0;
  return Number(integerOf(source.database.row(statement.text, ...statement.parameters)?.[0]));
}

/** How many of the documents that meet the selection hold each text at the path. */
export function countRowsBy(
  source: Source,
  selection: Selection & { readonly path: FieldPath },
): readonly (readonly [string, number])[] {
  const statement = countByStatement(source, selection);
  if (statement === null) return [];
  return source.database.rows(statement.text, ...statement.parameters).map(([value, count]) => {
    const text: unknown = JSON.parse(textOf(value));
    return [typeof text === 'string' ? text : '', Number(integerOf(count))];
  });
}

/** The statements that together answer the query, one behind the other; the last parameter of each, the limit, is left open. */
export function findStatements(source: Source, query: PageQuery): readonly Sql[] {
  const table = source.collections.table(query.collection);
  if (table === null) return [];
  const where = selectionToSql(source, query);
  return stretchesOf(query.sort, query.after).map((stretch) => {
    const condition = `${where.text} AND ${stretch.where.text}`;
    const text = `SELECT id, position, json(body) FROM ${table} WHERE ${condition} ORDER BY ${stretch.order} LIMIT ?`;
    return sql(text, where.parameters, stretch.where.parameters);
  });
}

/** The statement that counts; null when there is no such collection. */
export function countStatement(source: Source, selection: Selection): Sql | null {
  const table = source.collections.table(selection.collection);
  if (table === null) return null;
  const where = selectionToSql(source, selection);
  return sql(`SELECT count(*) FROM ${table} WHERE ${where.text}`, where.parameters);
}

/** The statement that counts by value; null when there is no such collection. */
export function countByStatement(source: Source, selection: Selection & { readonly path: FieldPath }): Sql | null {
  const table = source.collections.table(selection.collection);
  if (table === null) return null;
  const where = selectionToSql(source, selection);
  const value = valueExpression('body', selection.path);
  const condition = `${where.text} AND ${value} >= '' AND ${value} < x''`;
  const groups = `SELECT ${value} AS v, count(*) AS n FROM ${table} WHERE ${condition} GROUP BY ${value}`;
  // As JSON, because the driver cuts text at U+0000.
  return sql(`SELECT json_quote(v), n FROM (${groups})`, where.parameters);
}

function selectionToSql(source: Source, selection: Selection): Sql {
  const parts: Sql[] = [sql('shown_until > ?', [selection.now])];
  const prefix = selection.idPrefix ?? '';
  const end = endOfPrefix(prefix);
  if (prefix !== '') parts.push(sql('id >= ?', [prefix]));
  if (end !== null) parts.push(sql('id < ?', [end]));
  if (selection.filter !== undefined) {
    parts.push(
      filterToSql(selection.filter, { mayHoldArrays: (path) => source.collections.mayHoldArrays(selection.collection, path) }),
    );
  }
  return sql(parts.map((part) => part.text).join(' AND '), ...parts.map((part) => part.parameters));
}

interface Stretch {
  readonly where: Sql;
  readonly order: string;
}

/** The stretches of the answer, in order, each of which an index can deliver sorted: with a sort, first the documents that have a value, then the others. */
function stretchesOf(sort: SortKey | undefined, after: PageEnd | undefined): readonly Stretch[] {
  const behindId = after === undefined ? sql('TRUE') : sql('id > ?', [after.id]);
  if (sort === undefined) return [{ where: behindId, order: 'id' }];
  const value = valueExpression('body', sort.path);
  const order = `${value} ${sort.direction === 'asc' ? 'ASC' : 'DESC'}, id`;
  const without: Sql = sql(`(${value} IS NULL OR ${value} >= x'')`);
  const rest: Stretch = { where: sql(`${without.text} AND ${behindId.text}`, behindId.parameters), order: 'id' };
  if (after === undefined)
    return [
      { where: sql(`${value} < x''`), order },
      { where: without, order: 'id' },
    ];
  if (after.value === undefined) return [rest];
  const bound = boundValue(typeof after.value === 'boolean' ? Number(after.value) : after.value);
  const beyond = sort.direction === 'asc' ? '>' : '<';
  // The bare bound beside the exact one is what an index can start from.
  const text = `${value} < x'' AND ${value} ${beyond}= ${bound.text} AND (${value} ${beyond} ${bound.text} OR id > ?)`;
  return [
    { where: sql(text, bound.parameters, bound.parameters, [after.id]), order },
    { where: without, order: 'id' },
  ];
}
