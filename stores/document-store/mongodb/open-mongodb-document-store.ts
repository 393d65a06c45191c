import { checkPath } from '../check-filter.js';
import {
  checkFindOptions,
  checkId,
  checkIndexes,
  checkName,
  checkPatch,
  checkPosition,
  checkSelection,
  checkWrites,
} from '../check-input.js';
import type { DocumentStore, Fence, StoredDocument } from '../document-store.port.js';
import { dropCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoints.js';
import { openCollections } from './collections.js';
import { connect, type DocumentConnectionOptions } from './connection.js';
import { type FollowedLog, followLog } from './followed-log.js';
import { guardOf } from './guard.js';
import { acquireLease, releaseLease } from './leases.js';
import { patchRows } from './patches.js';
import { countRows, countRowsBy, findPage } from './queries.js';
import { documentOf } from './rows.js';
import { putRows } from './writes.js';

export interface MongodbDocumentStoreOptions extends DocumentConnectionOptions {
  /** ms since 1970; decides what has expired. Absent: the system's clock. */
  readonly clock?: () => number;
  /** The log that the documents are folded from; absent: not looked at. */
  readonly log?: Promise<FollowedLog>;
}

/** So many ids are asked for at once. */
const IDS_AT_ONCE = 10_000;

/**
 * Opens the document store in one database of a MongoDB, which other processes may use at the same time; makes nothing there by itself.
 * Without transactions, a fence is checked right before the writes that it guards, not together with them: what was under way when a newer
 * epoch came may still land, and then only on documents that nobody has touched since, by the compare-and-set.
 * Beyond the port's bounds, a document is refused (`invalid_input`) above 16 MiB or 175 levels of BSON.
 * Errors: `store_unavailable` (no server that takes writes), `config_invalid` (the connection string), `data_folder_mixed` (another log).
 */
export async function openMongodbDocumentStore(options: MongodbDocumentStoreOptions): Promise<DocumentStore> {
  const clock = options.clock ?? Date.now;
  const connection = await connect(options);
  try {
    if (options.log !== undefined) await followLog(connection, await options.log);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const collections = openCollections(connection);

  const into = (collection: string, fence: Fence | undefined) => {
    const guard = guardOf(connection, collections, { collection, ...(fence && { fence }) });
    return { connection, collections, collection, guard, now: clock() };
  };

  const getMany = async (collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>> => {
    checkName(collection, 'collection');
    ids.forEach(checkId);
    const found = new Map<string, StoredDocument>();
    for (let next = 0; next < ids.length; next += IDS_AT_ONCE) {
      const some = ids.slice(next, next + IDS_AT_ONCE);
      const rows = await connection.again(`reading ${collection}`, (bounds) =>
        connection
          .documents(collection)
          .find(
            { _id: { $in: some }, expires_at: { $not: { $lte: clock() } } },
            { projection: { token: 0 }, batchSize: some.length, ...bounds },
          )
          .toArray(),
      );
      for (const row of rows) found.set(row._id, documentOf(row));
    }
    return found;
  };

  return {
    ensureCollection: async (collection, indexes) => {
      checkName(collection, 'collection');
      checkIndexes(indexes);
      await collections.ensure(collection, indexes);
    },
    listCollections: () => collections.list(),
    dropCollection: async (collection) => {
      checkName(collection, 'collection');
      await collections.drop(collection);
    },
    get: async (collection, id) => (await getMany(collection, [id])).get(id) ?? null,
    getMany,
    put: async (collection, writes, fence) => {
      checkName(collection, 'collection');
      checkWrites(writes);
      return putRows(into(collection, fence), writes);
    },
    patch: async (collection, patch, fence) => {
      checkName(collection, 'collection');
      checkPatch(patch);
      return patchRows(into(collection, fence), patch);
    },
    find: async (collection, findOptions) => {
      checkName(collection, 'collection');
      checkFindOptions(findOptions);
      return findPage(connection, collection, { options: findOptions, now: clock() });
    },
    count: async (collection, selection) => {
      checkName(collection, 'collection');
      checkSelection(selection);
      return countRows(connection, collection, { ...selection, now: clock() });
    },
    countBy: async (collection, path, selection) => {
      checkName(collection, 'collection');
      checkPath(path);
      checkSelection(selection);
      return countRowsBy(connection, collection, { ...selection, path, now: clock() });
    },
    purgeExpired: async (now) => {
      let purged = 0;
      for (const collection of await collections.list()) {
        // Counted too low when a reply is lost: what an attempt took away, the next does not find.
        const { deletedCount } = await connection.again(`purging ${collection}`, (bounds) =>
          connection.documents(collection).deleteMany({ expires_at: { $lte: now } }, { ...bounds }),
        );
        purged += deletedCount;
      }
      return purged;
    },
    scrub: () => Promise.resolve(),
    readCheckpoint: (name) => readCheckpoint(connection, name),
    writeCheckpoint: async (name, position, fence) => {
      checkName(name, 'checkpoint');
      checkPosition(position);
      await writeCheckpoint(connection, name, { position, ...(fence && { fence }) });
    },
    dropCheckpoint: (name) => dropCheckpoint(connection, name),
    acquireLease: async (name, holder, times) => {
      checkName(name, 'lease');
      checkId(holder);
      return acquireLease(connection, { name, holder, ...times });
    },
    releaseLease: (lease) => releaseLease(connection, lease),
    close: () => connection.close(),
  };
}
