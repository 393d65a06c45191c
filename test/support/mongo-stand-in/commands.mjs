// The commands that the MongoDB adapter and its driver send, and nothing more.
import { randomBytes } from 'node:crypto';
import { BSON } from 'mongodb';
import { ServerError } from './data.mjs';
import { spell } from './matching.mjs';

/** The commands by name; each takes the whole command and answers the reply without `ok`. */
export function commandsOn(data) {
  const cursors = new Map();
  const nsOf = (command, name) => `${command.$db}\u0000${command[name]}`;

  const cursor = (command, name, { rows, batchSize }) => {
    const ns = `${command.$db}.${command[name]}`;
    const first = rows.slice(0, batchSize);
    const id = rows.length > first.length ? BigInt(`0x${randomBytes(7).toString('hex')}`) : 0n;
    if (id !== 0n) cursors.set(id, rows.slice(first.length));
    return { cursor: { firstBatch: first, id: BSON.Long.fromBigInt(id), ns } };
  };

  const find = (command) => {
    const { filter = {}, sort, limit = 0, projection = {}, batchSize = 101 } = command;
    const rows = data.find(nsOf(command, 'find'), filter, { sort, limit: Number(limit) }).map((row) => project(row, projection));
    return cursor(command, 'find', { rows, batchSize });
  };

  const aggregate = (command) => {
    const [{ $match: filter = {} }, group] = command.pipeline;
    const rows = data.find(nsOf(command, 'aggregate'), filter);
    return cursor(command, 'aggregate', { rows: groupRows(rows, group.$group), batchSize: command.cursor?.batchSize ?? 101 });
  };

  const getMore = (command) => {
    const rest = cursors.get(BigInt(command.getMore));
    if (rest === undefined) throw new ServerError(43, 'CursorNotFound', `cursor id ${String(command.getMore)} not found`);
    cursors.delete(BigInt(command.getMore));
    const { cursor: next } = cursor(command, 'collection', { rows: rest, batchSize: command.batchSize ?? rest.length });
    const { firstBatch: nextBatch, ...others } = next;
    return { cursor: { nextBatch, ...others } };
  };

  const insert = (command) =>
    eachWrite(command.documents, (document) => {
      insertRow(data, nsOf(command, 'insert'), document);
      return { n: 1 };
    });

  const update = (command, faults) =>
    eachWrite(command.updates, (each) => updateRows(data, nsOf(command, 'update'), { ...each, faults }));

  const remove = (command) =>
    eachWrite(command.deletes, ({ q, limit }) => {
      const ns = nsOf(command, 'delete');
      const rows = data.find(ns, q, { limit });
      for (const { _id } of rows) data.delete(ns, _id);
      return { n: rows.length };
    });

  const createIndexes = (command) => {
    const ns = nsOf(command, 'createIndexes');
    const present = data.indexesOf(ns) ?? [{ v: 2, key: { _id: 1 }, name: '_id_' }];
    for (const wanted of command.indexes) {
      const same = present.find(({ name, key }) => name === wanted.name || JSON.stringify(key) === JSON.stringify(wanted.key));
      if (same !== undefined && (same.name !== wanted.name || JSON.stringify(same.key) !== JSON.stringify(wanted.key)))
        throw new ServerError(
          same.name === wanted.name ? 86 : 85,
          'IndexOptionsConflict',
          `index ${wanted.name} is there as ${same.name}`,
        );
    }
    const fresh = command.indexes.filter(({ name }) => present.every((each) => each.name !== name));
    data.setIndexes(ns, [...present, ...fresh.map((each) => ({ v: 2, ...each }))]);
    return {};
  };

  const dropIndexes = (command) => {
    const ns = nsOf(command, 'dropIndexes');
    const present = data.indexesOf(ns) ?? [];
    if (present.every(({ name }) => name !== command.index))
      throw new ServerError(27, 'IndexNotFound', `index not found with name [${command.index}]`);
    data.setIndexes(ns, present.filter(({ name }) => name !== command.index)); // prettier-ignore
    return {};
  };

  return {
    find,
    aggregate,
    getMore,
    insert,
    update,
    delete: remove,
    createIndexes,
    dropIndexes,
    killCursors: (command) => {
      for (const id of command.cursors) cursors.delete(BigInt(id));
      return {};
    },
    listCollections: (command) => {
      const prefix = `${command.$db}\u0000`;
      const names = data.names().filter((each) => each.startsWith(prefix));
      const rows = names.map((each) => ({ name: each.slice(prefix.length), type: 'collection' }));
      return cursor(command, '$cmd.listCollections', { rows, batchSize: rows.length });
    },
    listIndexes: (command) => {
      const indexes = data.indexesOf(nsOf(command, 'listIndexes'));
      if (indexes === undefined) throw new ServerError(26, 'NamespaceNotFound', `ns does not exist: ${command.listIndexes}`);
      return cursor(command, 'listIndexes', { rows: indexes, batchSize: indexes.length });
    },
    create: (command) => {
      if (data.has(nsOf(command, 'create')))
        throw new ServerError(48, 'NamespaceExists', `Collection ${command.create} already exists.`);
      data.create(nsOf(command, 'create'));
      return {};
    },
    drop: (command) => {
      data.drop(nsOf(command, 'drop'));
      return {};
    },
    dropDatabase: (command) => {
      for (const ns of data.names().filter((each) => each.startsWith(`${command.$db}\u0000`))) data.drop(ns);
      return {};
    },
    ping: () => ({}),
    endSessions: () => ({}),
  };
}

/** Unordered: what one write is refused for does not keep the others. */
function eachWrite(writes, work) {
  const reply = { n: 0, nModified: 0 };
  for (const [index, write] of writes.entries()) {
    try {
      const { n, upserted } = work(write);
      reply.n += n;
      if (upserted === undefined) reply.nModified += n;
      else (reply.upserted ??= []).push({ index, _id: upserted });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      (reply.writeErrors ??= []).push({ index, code: error.code, errmsg: error.message, ...error.more });
    }
  }
  return reply;
}

function insertRow(data, ns, row) {
  if (data.get(ns, row._id) === undefined) return data.put(ns, row);
  const place = ns.replace('\u0000', '.');
  const message = `E11000 duplicate key error collection: ${place} index: _id_ dup key: { _id: ${JSON.stringify(row._id)} }`;
  throw new ServerError(11000, 'DuplicateKey', message, { keyPattern: { _id: 1 }, keyValue: { _id: row._id } });
}

function updateRows(data, ns, { q, u, multi, upsert, faults }) {
  const rows = data.find(ns, q, { limit: multi ? 0 : 1 });
  const isReplacement = !Object.keys(u).some((key) => key.startsWith('$'));
  if (rows.length === 0 && upsert) {
    const base = { _id: q._id };
    const row = isReplacement ? { ...base, ...u } : modify({ ...base }, { ...u, $set: { ...u.$setOnInsert, ...u.$set } });
    const rival = data.get(ns, row._id) === undefined ? faults?.rival : undefined;
    // Another writer comes between the look and the insert.
    if (rival !== undefined) data.put(ns, { ...row, ...rival });
    insertRow(data, ns, row);
    return { n: 1, upserted: row._id };
  }
  for (const row of rows) data.put(ns, isReplacement ? { _id: row._id, ...u } : modify(structured(row), u));
  return { n: rows.length };
}

/** A copy of the row whose every level may be changed. */
function structured(value) {
  if (Array.isArray(value)) return value.map(structured);
  if (typeof value !== 'object' || value === null || value._bsontype !== undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structured(inner)]));
}

function modify(row, { $set = {}, $unset = {} }) {
  for (const [path, value] of Object.entries($set)) {
    const keys = path.split('.');
    const last = keys.pop();
    let into = row;
    for (const key of keys) {
      if (typeof into !== 'object' || Array.isArray(into)) break;
      into = into[key] ??= {};
    }
    if (typeof into !== 'object' || Array.isArray(into))
      throw new ServerError(28, 'PathNotViable', `Cannot create field '${last}' in ${path}`);
    into[last] = value;
  }
  for (const path of Object.keys($unset)) {
    const keys = path.split('.');
    const last = keys.pop();
    const from = keys.reduce((value, key) => value?.[key], row);
    if (typeof from === 'object' && !Array.isArray(from)) delete from[last];
  }
  return row;
}

/** Projections that leave fields out, and `{_id: 1}`. */
function project(row, projection) {
  if (Object.values(projection).some((kept) => Number(kept) === 1)) return { _id: row._id };
  const out = Object.keys(projection);
  if (out.length === 0) return row;
  if (out.every((path) => !path.includes('.')))
    return Object.fromEntries(Object.entries(row).filter(([key]) => !out.includes(key)));
  return modify(structured(row), { $unset: Object.fromEntries(out.map((path) => [path, 1])) });
}

/** `{_id: <constant or "$path">, n: {$sum: 1}}`. */
function groupRows(rows, { _id }) {
  const groups = new Map();
  for (const row of rows) {
    const value =
      typeof _id === 'string'
        ? _id
            .slice(1)
            .split('.')
            .reduce((inner, key) => inner?.[key], row)
        : _id;
    const key = JSON.stringify(spell(value) ?? null);
    const group = groups.get(key) ?? { _id: value, n: 0 };
    groups.set(key, { ...group, n: group.n + 1 });
  }
  return [...groups.values()];
}
