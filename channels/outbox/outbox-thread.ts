import { Worker } from 'node:worker_threads';
import { fileThreadLimits, workerFile } from '../../runtime/worker-file.js';
import type { OutgoingMessage } from '../channel.port.js';
import type { WriteGroup, Written } from './outbox-messages.js';

/** The thread that composes and writes the files of messages: both block, and an engine has other things to do. */
export interface OutboxThread {
  /** Resolves when the file is durable, or with why it is not; never rejects. What is asked while a group is being written shares the next one. */
  write(message: OutgoingMessage): Promise<Written>;
  /** Starts the thread before there is anything to write. */
  start(): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly message: OutgoingMessage;
  readonly resolve: (written: Written) => void;
}

/** A group is written within a fraction of a second. */
const MOST_IN_GROUP = 256;

/** The thread is started by the first message at the latest, and again when it was lost. */
export function createOutboxThread(options: { readonly folder: string; readonly clock: () => number }): OutboxThread {
  const { folder, clock } = options;
  let worker: Worker | null = null;
  let queued: Waiting[] = [];
  let underWay: readonly Waiting[] = [];
  let isScheduled = false;

  function start(): Worker {
    const started = new Worker(workerFile(import.meta.url, 'outbox.worker.js'), { resourceLimits: fileThreadLimits });
    started.on('message', (written: readonly Written[]) => settle((index) => written[index] ?? lost('it gave no answer')));
    started.on('error', (error) => end(started, error.name));
    started.on('exit', () => end(started, 'it ended'));
    return started;
  }

  function settle(outcomeOf: (index: number) => Written): void {
    const answered = underWay;
    underWay = [];
    answered.forEach(({ resolve }, index) => resolve(outcomeOf(index)));
    schedule();
  }

  function end(which: Worker, why: string): void {
    if (worker !== which) return;
    worker = null;
    settle(() => lost(why));
  }

  /** With all that becomes ready in the same turn of the loop. */
  function schedule(): void {
    if (isScheduled || queued.length === 0 || underWay.length > 0) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      underWay = queued.slice(0, MOST_IN_GROUP);
      queued = queued.slice(MOST_IN_GROUP);
      worker ??= start();
      const group: WriteGroup = { folder, at: clock(), messages: underWay.map(({ message }) => message) };
      worker.postMessage(group);
    });
  }

  return {
    start() {
      worker ??= start();
    },
    write: (message) =>
      new Promise((resolve) => {
        queued.push({ message, resolve });
        schedule();
      }),
    async close() {
      const ended = worker;
      worker = null;
      await ended?.terminate();
    },
  };
}

function lost(why: string): Written {
  return { kind: 'unknown', reason: `the thread of the outbox was lost: ${why}` };
}
