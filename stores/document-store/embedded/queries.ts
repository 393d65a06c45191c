import { endOfPrefix } from '../code-points.js';
import type { FieldPath } from '../filter.js';
import type { Collections, CollectionTable } from './collections.js';
import { type Database, integerOf, type SqlValue, textOf } from './database.js';
import { filterToSql } from './filter-to-sql.js';
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
  const page = found.slice(0, query.limit);
  const rows = {
    ids: page.map(([id]) => textOf(id)),
    positions: BigInt64Array.from(page, ([, position]) => integerOf(position)),
    bodies: page.map(([, , body]) => textOf(body)),
  };
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
  const found = source.collections.get(query.collection);
  if (found === null) return [];
  const where = selectionToSql(found, query);
  return stretchesOf(found, query).map((stretch) => {
    const order = `ORDER BY ${stretch.order}`;
    const wanted = `FROM ${found.table} WHERE ${where.text} AND ${stretch.where.text} ${order} LIMIT ?`;
    const columns = 'id, position, json(body)';
    // Where rows may have to be sorted, only the page's bodies are to be read.
    const isWalk = query.filter === undefined && query.sort === undefined;
    const text = isWalk
      ? `SELECT ${columns} ${wanted}`
      : `SELECT ${columns} FROM ${found.table} WHERE seq IN (SELECT seq ${wanted}) ${order}`;
    return sql(text, where.parameters, stretch.where.parameters);
  });
}

/** The statement that counts; null when there is no such collection. */
export function countStatement(source: Source, selection: Selection): Sql | null {
  const found = source.collections.get(selection.collection);
  if (found === null) return null;
  const where = selectionToSql(found, selection);
  return sql(`SELECT count(*) FROM ${found.table} WHERE ${where.text}`, where.parameters);
}

/** The statement that counts by value; null when there is no such collection. */
export function countByStatement(source: Source, selection: Selection & { readonly path: FieldPath }): Sql | null {
  const found = source.collections.get(selection.collection);
  if (found === null) return null;
  const where = selectionToSql(found, selection);
  const value = found.valueAt(selection.path);
  const groups = `SELECT ${value} AS v, count(*) AS n FROM ${found.table} WHERE ${where.text} GROUP BY ${value}`;
  // As JSON, because the driver cuts text at U+0000.
  return sql(`SELECT json_quote(v), n FROM (${groups}) WHERE v >= '' AND v < x''`, where.parameters);
}

function selectionToSql(found: CollectionTable, selection: Selection): Sql {
  const parts: Sql[] = [sql('shown_until > ?', [selection.now])];
  const prefix = selection.idPrefix ?? '';
  const end = endOfPrefix(prefix);
  // A prefix is a workspace, often the only one: `likely` keeps the planner from taking it for more selective than the filter.
  if (prefix !== '') parts.push(sql('likely(id >= ?)', [prefix]));
  if (end !== null) parts.push(sql('likely(id < ?)', [end]));
  if (selection.filter !== undefined) parts.push(filterToSql(selection.filter, found));
  return sql(parts.map((part) => part.text).join(' AND '), ...parts.map((part) => part.parameters));
}

interface Stretch {
  readonly where: Sql;
  readonly order: string;
}

/** The stretches of the answer, in order, each of which an index can deliver sorted: with a sort, first the documents that have a value, then the others. */
function stretchesOf(found: CollectionTable, { sort, after }: Pick<PageQuery, 'sort' | 'after'>): readonly Stretch[] {
  const behindId = after === undefined ? sql('TRUE') : sql('id > ?', [after.id]);
  if (sort === undefined) return [{ where: behindId, order: 'id' }];
  const value = found.valueAt(sort.path);
  const order = `${value} ${sort.direction === 'asc' ? 'ASC' : 'DESC'}, id`;
  const without: Stretch = { where: sql(`(${value} IS NULL OR ${value} >= x'')`), order: 'id' };
  if (after === undefined) return [{ where: sql(`${value} < x''`), order }, without];
  if (after.value === undefined)
    return [{ where: sql(`${without.where.text} AND ${behindId.text}`, behindId.parameters), order: 'id' }];
  const bound = boundValue(typeof after.value === 'boolean' ? Number(after.value) : after.value);
  const beyond = sort.direction === 'asc' ? '>' : '<';
  // The bare bound beside the exact one is what an index can start from.
  const text = `${value} < x'' AND ${value} ${beyond}= ${bound.text} AND (${value} ${beyond} ${bound.text} OR id > ?)`;
  return [{ where: sql(text, bound.parameters, bound.parameters, [after.id]), order }, without];
}
