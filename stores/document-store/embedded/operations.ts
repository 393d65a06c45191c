import { type Collections, openCollections } from './collections.js';
import type { Database } from './database.js';
import { purgeRows, readRows, writeRows } from './documents.js';
import { followLog, probe } from './followed-log.js';
import { acquireLease, checkFence, dropCheckpoint, readCheckpoint, releaseLease, writeCheckpoint } from './leases.js';
import { patchRows } from './patches.js';
import type { Arguments, OperationName, Request, Result, Rows } from './protocol.js';
import { countRows, countRowsBy, findRows } from './queries.js';

/** Performs requests against one file. */
export interface Performer {
  readonly collections: Collections;
  perform(request: Request): Result<OperationName>;
}

type Handlers = { readonly [Name in OperationName]: (request: Arguments<Name>) => Result<Name> };

/** The requests that change the file, which therefore stand in a transaction. */
export const isWrite: Readonly<Record<OperationName, boolean>> = {
  ensureCollection: true,
  listCollections: false,
  dropCollection: true,
  sweepDropped: true,
  getMany: false,
  put: true,
  patch: true,
  find: false,
  count: false,
  countBy: false,
  purgeExpired: true,
  scrub: false,
  readCheckpoint: false,
  writeCheckpoint: true,
  dropCheckpoint: true,
  followLog: true,
  probe: true,
  acquireLease: true,
  releaseLease: true,
};

const noRows: Rows = { ids: [], positions: new BigInt64Array(), bodies: [] };

/** What each operation does. Refusals (`fenced`, `invalid_input`) are thrown before anything is written, so that a group can go on behind them. */
export function openPerformer(database: Database): Performer {
  const collections = openCollections(database);
  const source = { database, collections };
  const handlers: Handlers = {
    ensureCollection: ({ collection, indexes }) => {
      collections.ensure(collection, indexes);
      return undefined;
    },
    listCollections: () => collections.list(),
    dropCollection: ({ collection }) => {
      collections.drop(collection);
      return undefined;
    },
    sweepDropped: () => collections.sweep(),
    getMany: (request) => {
      const found = collections.get(request.collection);
      return found === null ? noRows : readRows(database, found.table, request);
    },
    put: (request) => {
      const found = collections.getToWrite(request.collection);
      checkFence(database, request.fence);
      return writeRows(database, found, request);
    },
    patch: (request) => {
      const found = collections.getToWrite(request.collection);
      checkFence(database, request.fence);
      return patchRows(database, found, request);
    },
    find: (request) => findRows(source, request),
    count: (request) => countRows(source, request),
    countBy: (request) => countRowsBy(source, request),
    purgeExpired: ({ now }) =>
      collections.list().reduce((sum, name) => sum + purgeRows(database, collections.getToWrite(name).table, now), 0),
    scrub: () => undefined,
    readCheckpoint: ({ name }) => readCheckpoint(database, name),
    writeCheckpoint: ({ name, position, fence }) => {
      checkFence(database, fence);
      writeCheckpoint(database, name, position);
      return undefined;
    },
    dropCheckpoint: ({ name }) => {
      dropCheckpoint(database, name);
      return undefined;
    },
    followLog: (log) => followLog(database, log),
    probe: () => {
      probe(database);
      return undefined;
    },
    acquireLease: (request) => acquireLease(database, request),
    releaseLease: ({ lease }) => {
      releaseLease(database, lease);
      return undefined;
    },
  };
  const perform = <Name extends OperationName>(request: Request<Name>): Result<Name> =>
    handlers[request.operation](request.arguments);
  return { collections, perform };
}
