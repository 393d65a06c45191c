import { parentPort, workerData } from 'node:worker_threads';
import { isEngineError } from '../../../contracts/errors.js';
import { isDamage, rebuildAdvice } from './damaged-file.js';
import type { Database } from './database.js';
import { isWrite, openPerformer, type Performer } from './operations.js';
import type { Answer, Failure, FromWorker, Request, ToWorker } from './protocol.js';
import { openDatabase } from './schema.js';

// Given by worker-client.ts, the only place that starts this worker.
const { file } = workerData as { readonly file: string };

interface Store {
  readonly database: Database;
  readonly performer: Performer;
}

/** Answers a group of requests, in order; its writes stand in one transaction and are answered after the commit. */
function answerGroup(store: Store, requests: readonly Request[]): readonly Answer[] {
  if (!requests.some((request) => isWrite[request.operation])) return requests.map((request) => answerAlone(store, request));
  try {
    store.database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    return requests.map(() => ({ ok: false, failure: failureOf(error) }));
  }
  try {
    const answers = requests.map((request) => performOrRefuse(store, request));
    store.database.exec('COMMIT');
    return answers;
  } catch (error) {
    undo(store);
    if (requests.length === 1) return [{ ok: false, failure: failureOf(error) }];
    // What failed is not a refusal and nothing of the group was stored: from here on each request stands for itself.
    return requests.flatMap((request) => answerGroup(store, [request]));
  }
}

function answerAlone(store: Store, request: Request): Answer {
  try {
    return performOrRefuse(store, request);
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

function performOrRefuse(store: Store, request: Request): Answer {
  try {
    return { ok: true, result: store.performer.perform(request) };
  } catch (error) {
    if (isEngineError(error)) return { ok: false, failure: failureOf(error) };
    throw error;
  }
}

/** Old pages leave the WAL once they are in the file, where freed space is overwritten; nobody else reads the file. */
function scrubbed(store: Store, requests: readonly Request[], answers: readonly Answer[]): readonly Answer[] {
  if (!requests.some(({ operation }) => operation === 'scrub')) return answers;
  try {
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return answers;
  } catch (error) {
    return answers.map((answer, index) =>
      requests[index]?.operation === 'scrub' ? { ok: false, failure: failureOf(error) } : answer,
    );
  }
}

function undo(store: Store): void {
  if (store.database.isInTransaction) store.database.exec('ROLLBACK');
  store.performer.collections.reload();
}

function failureOf(error: unknown): Failure {
  if (isEngineError(error)) return { code: error.code, message: error.message, details: error.details };
  if (isDamage(error)) {
    const message = `${file} is damaged (${error.message}); ${rebuildAdvice(file)}`;
    return { code: 'store_unavailable', message, details: { file, found: error.message, advice: rebuildAdvice(file) } };
  }
  const found = error instanceof Error ? error.message : String(error);
  return { code: 'store_unavailable', message: `the embedded document store failed: ${found}`, details: {} };
}

function serve(store: Store): void {
  parentPort?.on('message', (message: ToWorker) => {
    if (message.kind === 'requests') {
      send({ kind: 'answers', answers: scrubbed(store, message.requests, answerGroup(store, message.requests)) });
      return;
    }
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    store.database.close();
    parentPort?.close();
  });
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

try {
  const database = openDatabase(file);
  serve({ database, performer: openPerformer(database) });
  send({ kind: 'opened' });
} catch (error) {
  send({ kind: 'failed', failure: failureOf(error) });
}
