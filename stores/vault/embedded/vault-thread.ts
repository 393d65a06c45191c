import { Worker } from 'node:worker_threads';
import { EngineError } from '../../../contracts/errors.js';
import { fileThreadLimits, workerFile } from '../../../runtime/worker-file.js';
import { probeUntilItWorks, type StoreWatch } from '../../store-watch.js';
import type {
  CarriedError,
  MainMessage,
  VaultAnswers,
  VaultRequest,
  VaultResult,
  VaultWorkerData,
  WorkerMessage,
} from './vault-messages.js';

/** The way to the thread that owns the vault's file. */
export interface VaultThread {
  /** Resolves when the request is durable. What is asked while a group is under way shares the next one. */
  ask<Kind extends VaultRequest['kind']>(request: Extract<VaultRequest, { kind: Kind }>): Promise<VaultAnswers[Kind]>;
  /** Answers what was asked before, then ends the thread. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: VaultRequest;
  resolve(answer: VaultAnswers[VaultRequest['kind']]): void;
  reject(error: Error): void;
}

/** Starts the thread; rejects with what refused the opening. */
export async function startVaultThread(options: VaultWorkerData, watch?: StoreWatch): Promise<VaultThread> {
  const worker = new Worker(workerFile(import.meta.url, 'vault.worker.js'), {
    workerData: options,
    resourceLimits: fileThreadLimits,
  });
  let queued: Waiting[] = [];
  let underWay: Waiting[] = [];
  let scheduled = false;
  let ended: EngineError | null = null;
  let closing = false;
  let finished: () => void = () => undefined;
  const exited = new Promise<void>((resolve) => (finished = resolve));

  const probe = watch && probeUntilItWorks(watch, () => ask({ kind: 'probe' }));
  const say = (message: MainMessage): void => worker.postMessage(message);

  function sendNext(): void {
    scheduled = false;
    if (underWay.length > 0) return;
    if (queued.length === 0) {
      if (closing && ended === null) say({ kind: 'close' });
      return;
    }
    underWay = queued;
    queued = [];
    say({ kind: 'group', requests: underWay.map((waiting) => waiting.request) });
  }

  function settle(results: readonly VaultResult[]): void {
    const answered = underWay;
    underWay = [];
    answered.forEach((waiting, index) => {
      const result = results[index];
      if (result === undefined) waiting.reject(unavailable('found an answer missing'));
      else if (result.ok) waiting.resolve(result.answer);
      else {
        if (result.error.code === 'store_unavailable') probe?.failed(result.error.message);
        waiting.reject(restored(result.error));
      }
    });
    sendNext();
  }

  function end(reason: EngineError): void {
    ended ??= reason;
    // A thread that is lost does not come back.
    if (!closing) watch?.failed(ended.message);
    for (const waiting of [...underWay, ...queued]) waiting.reject(ended);
    underWay = [];
    queued = [];
  }

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'opened':
          resolve();
          return;
        case 'refused':
          reject(restored(message.error));
          return;
        case 'group':
          settle(message.results);
          return;
        case 'closed':
          ended ??= unavailable('found it closed');
      }
    });
    worker.on('error', (error) => {
      end(unavailable(`found its thread ended: ${String(error)}`));
      reject(ended ?? unavailable('found its thread ended'));
    });
    worker.on('exit', () => {
      end(unavailable('found its thread ended'));
      reject(ended ?? unavailable('found its thread ended'));
      finished();
    });
  });

  function ask<Kind extends VaultRequest['kind']>(request: Extract<VaultRequest, { kind: Kind }>): Promise<VaultAnswers[Kind]> {
    return new Promise((resolve, reject) => {
      if (ended !== null || closing) {
        reject(ended ?? unavailable('found it closed'));
        return;
      }
      // The worker answers each request with the answer of its kind.
      queued.push({ request, resolve: resolve as Waiting['resolve'], reject });
      if (scheduled || underWay.length > 0) return;
      scheduled = true;
      queueMicrotask(sendNext);
    });
  }

  return {
    ask,
    async close() {
      if (!closing) {
        closing = true;
        probe?.stop();
        sendNext();
      }
      await exited;
    },
  };
}

function unavailable(found: string): EngineError {
  return new EngineError('store_unavailable', `expected the vault to be open, ${found}`);
}

function restored(error: CarriedError): EngineError {
  return new EngineError(error.code, error.message, { details: error.details });
}
