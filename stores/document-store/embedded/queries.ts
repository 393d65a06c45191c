import { endOfPrefix } from '../code-points.js';
import type { FieldPath } from '../filter.js';
import type { Collections, CollectionTable } from './collections.js';
import { type Database, integerOf, type SqlValue, textOf } from './database.js';
import { filterToSql } from './filter-to-sql.js';
import { jsonPathLiteral } from './json-path.js';
import type { PageQuery, PageRows, Selection } from './protocol.js';
import { boundValue, type Sql, sql } from './scalar-tests.js';

interface Source {
  readonly database: Database;
  readonly collections: Collections;
}

/** How many times the page's size may be sorted for it. */
const MATCHES_SORTED = 4;

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
  const columns = `id, position, ${bodyWithout(query.without ?? [])}`;
  const where = selectionToSql(found, query);
  return stretchesOf(found, query).map((stretch) => {
    const condition = sql(`${where.text} AND ${stretch.where.text}`, where.parameters, stretch.where.parameters);
    const rest = `WHERE ${condition.text} ORDER BY ${stretch.order} LIMIT ?`;
    // A walk reads rows in order as they stand; elsewhere rows may have to be sorted, and then only the page's bodies are to be read.
    if (query.filter === undefined && query.sort === undefined)
      return sql(`SELECT ${columns} FROM ${found.table} ${rest}`, condition.parameters);
    const inner = query.sort === undefined ? sourceInIdOrder(source, found, { condition, limit: query.limit }) : found.table;
    const text = `SELECT ${columns} FROM ${found.table} WHERE seq IN (SELECT seq FROM ${inner} ${rest}) ORDER BY ${stretch.order}`;
    return sql(text, condition.parameters);
  });
}

function bodyWithout(fields: readonly string[]): string {
  if (fields.length === 0) return 'json(body)';
  return `json(jsonb_remove(body, ${fields.map((field) => jsonPathLiteral([field])).join(', ')}))`;
}

/**
 * What to read a filtered page in id order from. An index over the filter finds few matches fastest, but would find and sort all of them again
 * for each page; where there are many, the rows are read in id order instead.
 */
function sourceInIdOrder(
  source: Source,
  found: CollectionTable,
  page: { readonly condition: Sql; readonly limit: number },
): string {
  const { text, parameters } = page.condition;
  const select = `SELECT seq FROM ${found.table} WHERE ${text}`;
  const plan = source.database.rows(`EXPLAIN QUERY PLAN ${select} ORDER BY id LIMIT 1`, ...parameters);
  if (!plan.some((step) => textOf(step[3]).includes('FOR ORDER BY'))) return found.table;
  const few = page.limit * MATCHES_SORTED;
  const matches = source.database.row(`SELECT count(*) FROM (${select} LIMIT ?)`, ...parameters, few);
  return integerOf(matches?.[0]) < BigInt(few) ? found.table : found.inIdOrder;
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
