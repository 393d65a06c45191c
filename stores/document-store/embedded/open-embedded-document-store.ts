import { rm } from 'node:fs/promises';
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
import { checkPath } from '../check-filter.js';
import type { DocumentPage, DocumentStore, FindOptions, StoredDocument } from '../document-store.port.js';
import { endOfPage, readCursor, writeCursor } from '../page-cursor.js';
import type { StoreWatch } from '../../store-watch.js';
import type { FollowedLog, PageQuery, Unfollowable } from './protocol.js';
import { decodeDocuments, decodeRows, encodePatch, encodeWrites } from './rows.js';
import { WorkerClient } from './worker-client.js';

export interface EmbeddedDocumentStoreOptions {
  /** Created when it does not exist; its folder must. */
  readonly file: string;
  /** The log that they are folded from. Documents of another log, or folded further than this one goes, are dropped. Absent: not looked at. */
  readonly log?: Promise<FollowedLog>;
  /** Is told why everything was dropped. */
  readonly onDropped?: (why: Unfollowable) => void;
  /** Is told when operations fail and when they are done again, and when the thread is lost. */
  readonly watch?: StoreWatch;
  /** ms since 1970; decides what has expired. Absent: the system's clock. */
  readonly clock?: () => number;
}

const SWEEP_AFTER_MS = 10_000;

/**
 * Opens the document store in one SQLite file, which no other process may use; opening after a crash needs no step of its own.
 * Errors: `store_format_unsupported` (another version's or another program's file), `store_unavailable`.
 */
export async function openEmbeddedDocumentStore(options: EmbeddedDocumentStoreOptions): Promise<DocumentStore> {
  const clock = options.clock ?? Date.now;
  const worker = await openFollowing(options);
  // What an earlier process dropped and did not get round to take away: nobody waits for it, and whoever starts has more urgent questions.
  const sweeping = setTimeout(() => void sweepDropped(worker).catch(() => undefined), SWEEP_AFTER_MS).unref();

  const getMany = async (collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>> => {
    checkName(collection, 'collection');
    ids.forEach(checkId);
    const rows = await worker.call('getMany', { collection, ids, now: clock() });
    return new Map(decodeRows(rows).map((document) => [document.id, document]));
  };

  return {
    ensureCollection: async (collection, indexes) => {
      checkName(collection, 'collection');
      checkIndexes(indexes);
      await worker.call('ensureCollection', { collection, indexes });
    },
    listCollections: () => worker.call('listCollections', undefined),
    dropCollection: async (collection) => {
      checkName(collection, 'collection');
      await worker.call('dropCollection', { collection });
      await sweepDropped(worker);
    },
    get: async (collection, id) => (await getMany(collection, [id])).get(id) ?? null,
    getMany,
    put: async (collection, writes, fence) => {
      checkName(collection, 'collection');
      checkWrites(writes);
      const lost = new Set(
        await worker.call('put', { collection, writes: encodeWrites(writes), now: clock(), ...(fence && { fence }) }),
      );
      return writes.map((_, index) => (lost.has(index) ? 'conflict' : 'written'));
    },
    patch: async (collection, patch, fence) => {
      checkName(collection, 'collection');
      checkPatch(patch);
      return new Set(
        await worker.call('patch', { collection, patch: encodePatch(patch), now: clock(), ...(fence && { fence }) }),
      );
    },
    find: (collection, findOptions) => findPage(worker, collection, { options: findOptions, now: clock() }),
    count: async (collection, selection) => {
      checkName(collection, 'collection');
      checkSelection(selection);
      return worker.call('count', { ...selection, collection, now: clock() });
    },
    countBy: async (collection, path, selection) => {
      checkName(collection, 'collection');
      checkPath(path);
      checkSelection(selection);
      return new Map(await worker.call('countBy', { ...selection, collection, path, now: clock() }));
    },
    purgeExpired: (now) => worker.call('purgeExpired', { now }),
    scrub: async () => {
      await worker.call('scrub', undefined);
    },
    readCheckpoint: (name) => worker.call('readCheckpoint', { name }),
    writeCheckpoint: async (name, position, fence) => {
      checkName(name, 'checkpoint');
      checkPosition(position);
      await worker.call('writeCheckpoint', { name, position, ...(fence && { fence }) });
    },
    dropCheckpoint: (name) => worker.call('dropCheckpoint', { name }),
    acquireLease: async (name, holder, times) => {
      checkName(name, 'lease');
      checkId(holder);
      return worker.call('acquireLease', { name, holder, ...times });
    },
    releaseLease: (lease) => worker.call('releaseLease', { lease }),
    close: () => {
      clearTimeout(sweeping);
      return worker.close();
    },
  };
}

/** Documents are derived, so those of another log, or of events that this log does not hold, are worth nothing: a new file takes their place. */
async function openFollowing(options: EmbeddedDocumentStoreOptions): Promise<WorkerClient> {
  const { file, log, watch, onDropped } = options;
  const worker = await WorkerClient.start(file, watch);
  if (log === undefined) return worker;
  try {
    const followed = await worker.call('followLog', await log);
    if (followed === 'followed') return worker;
    onDropped?.(followed);
  } catch (error) {
    await worker.close();
    throw error;
  }
  await worker.close();
  for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
  return openFollowing(options);
}

/** In small steps, so that others are answered between them. */
async function sweepDropped(worker: WorkerClient): Promise<void> {
  while (await worker.call('sweepDropped', undefined));
}

async function findPage(
  worker: WorkerClient,
  collection: string,
  request: { readonly options: FindOptions; readonly now: number },
): Promise<DocumentPage> {
  const { options, now } = request;
  checkName(collection, 'collection');
  checkFindOptions(options);
  const { idPrefix, filter, sort, limit, cursor, afterId, without } = options;
  const query = { ...(idPrefix !== undefined && { idPrefix }), ...(filter && { filter }), ...(sort && { sort }) };
  const after =
    cursor !== undefined ? readCursor(collection, query, cursor) : afterId !== undefined ? { id: afterId } : undefined;
  const asked: PageQuery = { ...query, collection, now, limit, ...(after && { after }), ...(without && { without }) };
  const { rows, more } = await worker.call('find', asked);
  const documents = decodeDocuments(rows);
  const last = documents.at(-1);
  const nextCursor = more && last !== undefined ? writeCursor(collection, query, endOfPage(query, last)) : null;
  return { documents, nextCursor };
}
