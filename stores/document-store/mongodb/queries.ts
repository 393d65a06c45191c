import type { Collection, Filter } from 'mongodb';
import { endOfPrefix } from '../code-points.js';
import type { DocumentPage, FindOptions, SortKey } from '../document-store.port.js';
import type { FieldPath, FilterValue } from '../filter.js';
import { endOfPage, type PageEnd, readCursor, writeCursor } from '../page-cursor.js';
import type { Connection } from './connection.js';
import { filterToMongo, holdsScalar, holdsText, type MongoFilter } from './filter-to-mongo.js';
import { type DocumentRow, shownDocumentOf } from './rows.js';
import { dotted } from './stored-form.js';

interface Selection extends Pick<FindOptions, 'idPrefix' | 'filter'> {
  readonly now: number;
}

/** A page of documents, and the cursor to the next. */
export async function findPage(
  connection: Connection,
  collection: string,
  request: { readonly options: FindOptions; readonly now: number },
): Promise<DocumentPage> {
  const { options, now } = request;
  const { idPrefix, filter, sort, limit, cursor, afterId, without } = options;
  const query = { ...(idPrefix !== undefined && { idPrefix }), ...(filter && { filter }), ...(sort && { sort }) };
  const after =
    cursor !== undefined ? readCursor(collection, query, cursor) : afterId !== undefined ? { id: afterId } : undefined;
  const projection = Object.fromEntries(
    ['token', ...(without ?? []).map((field) => dotted([field], 'body'))].map((name) => [name, 0]),
  );
  const rows: DocumentRow[] = [];
  for (const { where, order } of stretchesOf(sort, after)) {
    const left = limit + 1 - rows.length;
    if (left === 0) break;
    const condition = all([selectionToMongo({ ...query, now }), where]);
    const found = await connection.again(`reading ${collection}`, (bounds) =>
      connection
        .documents(collection)
        .find(condition, { sort: order, limit: left, batchSize: left, projection, allowDiskUse: true, ...bounds })
        .toArray(),
    );
    rows.push(...found);
  }
  const documents = rows.slice(0, limit).map(shownDocumentOf);
  const last = documents.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? writeCursor(collection, query, endOfPage(query, last)) : null;
  return { documents, nextCursor };
}

/** How many documents meet the selection. */
export async function countRows(connection: Connection, collection: string, selection: Selection): Promise<number> {
  const pipeline = [{ $match: selectionToMongo(selection) }, { $group: { _id: 1, n: { $sum: 1 } } }];
  const [row] = await aggregate<{ readonly n: unknown }>(connection, collection, pipeline);
  return Number(row?.n ?? 0);
}

/** How many of the documents that meet the selection hold each text at the path. */
export async function countRowsBy(
  connection: Connection,
  collection: string,
  selection: Selection & { readonly path: FieldPath },
): Promise<ReadonlyMap<string, number>> {
  const matching = all([selectionToMongo(selection), holdsText(selection.path)]);
  const pipeline = [{ $match: matching }, { $group: { _id: `$${dotted(selection.path, 'body')}`, n: { $sum: 1 } } }];
  const rows = await aggregate<{ readonly _id: string; readonly n: unknown }>(connection, collection, pipeline);
  return new Map(rows.map(({ _id, n }) => [_id, Number(n)]));
}

function aggregate<T extends object>(
  connection: Connection,
  collection: string,
  pipeline: readonly Readonly<Record<string, unknown>>[],
): Promise<readonly T[]> {
  return connection.again(`counting ${collection}`, (bounds) => {
    const documents: Collection<DocumentRow> = connection.documents(collection);
    return documents.aggregate<T>([...pipeline], { allowDiskUse: true, batchSize: 10_000, ...bounds }).toArray();
  });
}

function selectionToMongo({ idPrefix, filter, now }: Selection): MongoFilter {
  const prefix = idPrefix ?? '';
  const end = endOfPrefix(prefix);
  const ids = { ...(prefix !== '' && { $gte: prefix }), ...(end !== null && { $lt: end }) };
  return {
    ...(Object.keys(ids).length > 0 && { _id: ids }),
    shown_until: { $gt: now },
    ...(filter !== undefined && { $and: [filterToMongo(filter)] }),
  };
}

interface Stretch {
  readonly where: MongoFilter;
  readonly order: Record<string, 1 | -1>;
}

/** The stretches of the answer, in order: with a sort, first the documents that have a value, then the others. */
function stretchesOf(sort: SortKey | undefined, after: PageEnd | undefined): readonly Stretch[] {
  const behindId = after === undefined ? {} : { _id: { $gt: after.id } };
  if (sort === undefined) return [{ where: behindId, order: { _id: 1 } }];
  const has = holdsScalar(sort.path);
  const others: Stretch = { where: { $nor: [has] }, order: { _id: 1 } };
  const order = { [dotted(sort.path, 'body')]: sort.direction === 'asc' ? 1 : -1, _id: 1 } as const;
  if (after === undefined) return [{ where: has, order }, others];
  if (after.value === undefined) return [{ where: all([{ $nor: [has] }, behindId]), order: { _id: 1 } }];
  return [{ where: all([has, behindValue(sort, { id: after.id, value: after.value })]), order }, others];
}

/** MongoDB's order of the types that can be sorted by. */
const typesInOrder = ['number', 'string', 'bool'] as const;

/** Comparisons hold within one type only, so the types behind it are named. */
function behindValue(
  { path, direction }: SortKey,
  { id, value }: { readonly id: string; readonly value: FilterValue },
): MongoFilter {
  const field = dotted(path, 'body');
  const rank = typesInOrder.indexOf(typeof value === 'number' ? 'number' : typeof value === 'string' ? 'string' : 'bool');
  const types = direction === 'asc' ? typesInOrder.slice(rank + 1) : typesInOrder.slice(0, rank);
  const beyond = { [field]: { [direction === 'asc' ? '$gt' : '$lt']: value } };
  const tied = { [field]: { $eq: value }, _id: { $gt: id } };
  return { $or: [beyond, tied, ...(types.length === 0 ? [] : [{ [field]: { $type: types } }])] };
}

function all(parts: readonly MongoFilter[]): Filter<DocumentRow> {
  // The driver's type knows the fields of the row, not the keys of bodies.
  return { $and: parts } as Filter<DocumentRow>;
}
