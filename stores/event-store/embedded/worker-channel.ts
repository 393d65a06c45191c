import { Worker } from 'node:worker_threads';
import { EngineError } from '../../../contracts/errors.js';
import { fileThreadLimits } from '../../../runtime/worker-file.js';

export interface WorkerHandlers<Reply> {
  readonly reply: (reply: Reply) => void;
  /** The thread ended without having been asked to, or never began. */
  readonly lost: (error: EngineError) => void;
}

/** A thread of the store, seen from the main one. */
export interface WorkerChannel<Request> {
  post(request: Request, transfer?: readonly ArrayBuffer[]): void;
  /** Posts a last request and waits until the thread has ended on it, or had ended before; `lost` is not called then. */
  finish(request: Request): Promise<void>;
  /** Ends the thread at once; `lost` is not called then. */
  release(): Promise<void>;
}

/** Starts a thread; its replies arrive in the order in which it posted them. */
export function startWorker<Request, Reply>(file: URL, data: unknown, handlers: WorkerHandlers<Reply>): WorkerChannel<Request> {
  const worker = new Worker(file, { workerData: data, resourceLimits: fileThreadLimits });
  let released = false;
  const lost = (cause: unknown): void => {
    if (released) return;
    released = true;
    const reason = cause instanceof Error ? cause.message : 'it ended';
    handlers.lost(
      new EngineError('store_unavailable', `A thread of the event log was lost (${reason}); restart CEBE`, { cause }),
    );
  };
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      resolve();
    });
  });
  worker.on('message', handlers.reply);
  worker.on('error', lost);
  worker.on('exit', lost);
  return {
    post(request, transfer = []) {
      worker.postMessage(request, [...transfer]);
    },
    async finish(request) {
      released = true;
      worker.postMessage(request);
      await ended;
    },
    async release() {
      released = true;
      await worker.terminate();
    },
  };
}
