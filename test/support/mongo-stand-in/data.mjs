// What the stand-in stores: collections by namespace, each change appended to a file, so that a killed stand-in starts again with them.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { BSON } from 'mongodb';
import { comparer, idBounds, spellText, tester } from './matching.mjs';

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
    const made = { rows: new Map(), order: [], indexes: [{ v: 2, key: { _id: 1 }, name: '_id_' }], lookUps: new Map() };
    namespaces.set(ns, made);
    return made;
  };

  const apply = ({ op, ns, row, id, indexes }) => {
    if (op === 'drop') return void namespaces.delete(ns);
    const into = namespaces.get(ns) ?? create(ns);
    if (op === 'put') put(into, row);
    if (op === 'delete') remove(into, id);
    if (op === 'indexes') index(into, indexes);
  };
  const unwritten = [];
  const change = (record) => {
    apply(record);
    unwritten.push(BSON.serialize(record));
  };

  if (existsSync(file)) {
    const bytes = readFileSync(file);
    for (let at = 0; at + 4 <= bytes.length && at + bytes.readInt32LE(at) <= bytes.length; at += bytes.readInt32LE(at)) {
      apply(BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)), { useBigInt64: true }));
    }
  }

  return {
    /** Writes what was changed since the last call: to be called before a command is answered. */
    flush: () => {
      if (unwritten.length > 0) appendFileSync(file, Buffer.concat(unwritten.splice(0)));
    },
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
      const { ids, rest } = candidates(from, filter);
      const test = tester(rest);
      const isByIds = sort === undefined || Object.keys(sort)[0] === '_id';
      const most = isByIds && limit > 0 ? limit : Number.POSITIVE_INFINITY;
      const found = [];
      for (const id of ids) {
        const entry = from.rows.get(id);
        if (entry !== undefined && test(entry)) found.push(entry);
        if (found.length >= most) break;
      }
      if (!isByIds) {
        const compare = comparer(sort);
        found.sort(compare);
      }
      return found.slice(0, limit > 0 ? limit : undefined).map(({ row }) => row);
    },
  };
}

function put(into, row) {
  if (!into.rows.has(row._id)) into.order.splice(placeOf(into.order, row._id), 0, row._id);
  const before = into.rows.get(row._id)?.row;
  into.rows.set(row._id, { row, spelt: {} });
  for (const [field, ids] of into.lookUps) {
    for (const value of textsIn(before?.[field])) ids.get(value)?.delete(row._id);
    for (const value of textsIn(row[field])) ids.set(value, (ids.get(value) ?? new Set()).add(row._id));
  }
}

function remove(from, id) {
  for (const [field, ids] of from.lookUps) for (const value of textsIn(from.rows.get(id)?.row[field])) ids.get(value)?.delete(id);
  if (from.rows.delete(id)) from.order.splice(placeOf(from.order, id), 1);
}

/** Indexes of one field at the top find rows by it; all others only have their definition. */
function index(into, indexes) {
  into.indexes = indexes;
  const fields = indexes.map(({ key }) => Object.keys(key)).filter((keys) => keys.length === 1 && !/^_id$|\./.test(keys[0]));
  into.lookUps = new Map(fields.map(([field]) => [field, new Map()]));
  for (const { row } of into.rows.values()) put(into, row);
}

function textsIn(value) {
  return [value].flat().filter((each) => typeof each === 'string');
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

/** The ids of rows that may meet the filter, and what of it is left to be tested. */
function candidates({ order, lookUps }, filter) {
  for (const [field, ids] of lookUps) {
    const wanted = onlyIn(filter[field]);
    if (wanted !== null)
      return { ids: sorted(wanted.flatMap((value) => [...(ids.get(value) ?? [])])), rest: without(filter, field) };
  }
  const wanted = onlyIn(filter._id);
  if (wanted !== null) return { ids: sorted(wanted), rest: without(filter, '_id') };
  const { only, low, high } = idBounds(filter);
  if (only !== null) return { ids: sorted(only), rest: filter };
  return { ids: order.slice(placeOf(order, low), high === null ? undefined : placeOf(order, high)), rest: filter };
}

/** The texts of which the field has to be one, when that is all that is asked of it. */
function onlyIn(test) {
  const texts = test !== null && Object.keys(test ?? {}).join() === '$in' ? test.$in : [test];
  return texts.every((text) => typeof text === 'string') ? texts : null;
}

function without(filter, field) {
  const { [field]: _, ...rest } = filter;
  return rest;
}

function sorted(ids) {
  return [...new Set(ids)].sort((a, b) => (spellText(a) < spellText(b) ? -1 : 1));
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
