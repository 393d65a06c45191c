// What the stand-in stores: collections by namespace, each change appended to a file, so that a killed stand-in starts again with them.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { BSON } from 'mongodb';
import { comparer, idBounds, spell, spellText, tester } from './matching.mjs';

/** An error as a server answers it. */
export class ServerError extends Error {
  constructor(code, codeName, message, more = {}) {
    super(message);
    Object.assign(this, { code, codeName, more });
  }
}

/** Opens what is stored in the file. */
export function openData(file) {
  const namespaces = new Map();
  const create = (ns) => {
    const made = { rows: new Map(), order: [], indexes: [{ v: 2, key: { _id: 1 }, name: '_id_' }] };
    namespaces.set(ns, made);
    return made;
  };

  const apply = ({ op, ns, row, id, indexes }) => {
    if (op === 'drop') return void namespaces.delete(ns);
    const into = namespaces.get(ns) ?? create(ns);
    if (op === 'put') put(into, row);
    if (op === 'delete') remove(into, id);
    if (op === 'indexes') into.indexes = indexes;
  };
  const change = (record) => {
    apply(record);
    appendFileSync(file, BSON.serialize(record));
  };

  if (existsSync(file)) {
    const bytes = readFileSync(file);
    for (let at = 0; at + 4 <= bytes.length && at + bytes.readInt32LE(at) <= bytes.length; at += bytes.readInt32LE(at)) {
      apply(BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)), { useBigInt64: true }));
    }
  }

  return {
    has: (ns) => namespaces.has(ns),
    names: () => [...namespaces.keys()],
    create: (ns) => change({ op: 'create', ns }),
    drop: (ns) => change({ op: 'drop', ns }),
    indexesOf: (ns) => namespaces.get(ns)?.indexes,
    setIndexes: (ns, indexes) => {
      for (const { row } of namespaces.get(ns)?.rows.values() ?? []) checkIndexable(indexes, row);
      change({ op: 'indexes', ns, indexes });
    },
    get: (ns, id) => namespaces.get(ns)?.rows.get(id)?.row,
    put: (ns, row) => {
      checkIndexable(namespaces.get(ns)?.indexes ?? [], row);
      change({ op: 'put', ns, row });
    },
    delete: (ns, id) => change({ op: 'delete', ns, id }),
    /** The rows that meet the filter, in the order of the sort, else of their ids. */
    find: (ns, filter, { sort, limit } = {}) => {
      const from = namespaces.get(ns);
      if (from === undefined) return [];
      const test = tester(filter);
      const isByIds = sort === undefined || Object.keys(sort)[0] === '_id';
      const most = isByIds && limit > 0 ? limit : Number.POSITIVE_INFINITY;
      const found = [];
      for (const id of candidates(from, filter)) {
        const entry = from.rows.get(id);
        if (entry !== undefined && test(entry.spelt)) found.push(entry);
        if (found.length >= most) break;
      }
      if (!isByIds) {
        const compare = comparer(sort);
        found.sort((a, b) => compare(a.spelt, b.spelt));
      }
      return found.slice(0, limit > 0 ? limit : undefined).map(({ row }) => row);
    },
  };
}

function put(into, row) {
  if (!into.rows.has(row._id)) into.order.splice(placeOf(into.order, row._id), 0, row._id);
  into.rows.set(row._id, { row, spelt: spell(row) });
}

function remove(from, id) {
  if (from.rows.delete(id)) from.order.splice(placeOf(from.order, id), 1);
}

/** Where the id stands in the order, or would. */
function placeOf(order, id) {
  const wanted = spellText(id);
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spellText(order[middle]) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function candidates({ order }, filter) {
  const { only, low, high } = idBounds(filter);
  if (only !== null) return [...new Set(only)].sort((a, b) => (spellText(a) < spellText(b) ? -1 : 1));
  return order.slice(placeOf(order, low), high === null ? undefined : placeOf(order, high));
}

/** MongoDB refuses a document that holds arrays in two paths of one index. */
function checkIndexable(indexes, row) {
  for (const { key } of indexes) {
    const arrays = new Set(Object.keys(key).flatMap((path) => firstArray(row, path.split('.')) ?? []));
    if (arrays.size > 1)
      throw new ServerError(
        171,
        'CannotIndexParallelArrays',
        `cannot index parallel arrays ${[...arrays].map((path) => `[${path}]`).join(' ')}`,
      );
  }
}

function firstArray(row, path) {
  let value = row;
  for (const [index, key] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
    if (Array.isArray(value)) return path.slice(0, index + 1).join('.');
  }
  return undefined;
}
