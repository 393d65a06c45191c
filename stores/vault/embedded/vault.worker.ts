import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { EngineError, isEngineError } from '../../../contracts/errors.js';
import { createKeyWrapping } from '../key-wrapping.js';
import type { CarriedError, MainMessage, VaultRequest, VaultResult, VaultWorkerData, WorkerMessage } from './vault-messages.js';
import { createRequestAnswers } from './vault-requests.js';
import { openVaultDatabase } from './vault-schema.js';

/** The thread that owns the vault's file: each group of requests is one transaction and one fsync. */
function run(port: MessagePort, options: VaultWorkerData): void {
  const wrapping = createKeyWrapping(options.vaultKey);
  const database = openVaultDatabase(options.file, wrapping);
  const answer = createRequestAnswers(database, wrapping);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const emptyWal = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  const say = (message: WorkerMessage, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...transfer]);
  let broken: CarriedError | null = null;

  function runGroup(requests: readonly VaultRequest[]): VaultResult[] {
    if (broken !== null) return failAll(requests, broken);
    try {
      begin.run();
      const results = requests.map((request) => answerOne(request));
      commit.run();
      return emptyWalAfterDestroy(requests, results);
    } catch (error) {
      broken = database.isTransaction ? rollBack() : null;
      return failAll(requests, carried(error));
    }
  }

  function answerOne(request: VaultRequest): VaultResult {
    try {
      return { ok: true, answer: answer(request) };
    } catch (error) {
      if (!isEngineError(error)) throw error;
      return { ok: false, error: carried(error) };
    }
  }

  /** A destroyed key is gone only when its old bytes have left the WAL too. */
  function emptyWalAfterDestroy(requests: readonly VaultRequest[], results: VaultResult[]): VaultResult[] {
    if (!requests.some((request) => request.kind === 'destroy')) return results;
    // The pragma answers one row; `busy` is 1 when a reader kept it from finishing.
    const { busy } = emptyWal.get() as { busy: number };
    if (busy === 0) return results;
    const error = carried(
      new EngineError('store_unavailable', 'expected to empty the WAL of the vault, found a reader in the way'),
    );
    return results.map((result, index) => (requests[index]?.kind === 'destroy' ? { ok: false, error } : result));
  }

  /** What to answer from now on when the file's state is not known any more: only opening it again can tell. */
  function rollBack(): CarriedError | null {
    try {
      database.exec('ROLLBACK');
      return null;
    } catch (error) {
      return carried(error);
    }
  }

  port.on('message', (message: MainMessage) => {
    switch (message.kind) {
      case 'group': {
        const results = runGroup(message.requests);
        say({ kind: 'group', results }, buffersOf(results));
        return;
      }
      case 'close':
        database.close();
        say({ kind: 'closed' });
        port.close();
    }
  });
  say({ kind: 'opened' });
}

function buffersOf(results: readonly VaultResult[]): ArrayBuffer[] {
  return results.flatMap((result) =>
    // Packed keys are made for their message alone, in a buffer of their own.
    result.ok && 'keys' in result.answer ? [result.answer.keys.buffer as ArrayBuffer] : [],
  );
}

function failAll(requests: readonly VaultRequest[], error: CarriedError): VaultResult[] {
  return requests.map(() => ({ ok: false, error }));
}

function carried(error: unknown): CarriedError {
  if (isEngineError(error)) return { code: error.code, message: error.message, details: error.details };
  const found = error instanceof Error ? error.message : String(error);
  return { code: 'store_unavailable', message: `expected the vault to read and write its file, found: ${found}`, details: {} };
}

if (parentPort !== null) {
  try {
    // The opening thread passes exactly this.
    run(parentPort, workerData as VaultWorkerData);
  } catch (error) {
    const refused: WorkerMessage = { kind: 'refused', error: carried(error) };
    parentPort.postMessage(refused);
    parentPort.close();
  }
}
