import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Trouble that the stand-in makes from now on. */
export interface Faults {
  /** So many appends are committed and never answered. */
  readonly loseReplies?: number;
  /** So many appends are neither committed nor answered. */
  readonly hangAppends?: number;
  /** Nothing is committed and nothing answered. */
  readonly silent?: boolean;
  /** Appends are answered so much later. */
  readonly slowMs?: number;
  /** So many calls end with `code` and `details`. */
  readonly failAppends?: number;
  readonly failReads?: number;
  readonly code?: number;
  readonly details?: string;
}

/** How often the stand-in was called. */
export interface CallCounts {
  readonly appends: number;
  readonly reads: number;
  readonly subscriptions: number;
  /** No append expected `any` or `stream_exists`. */
  readonly exactOnly: boolean;
}

/** A local EventStoreDB in a process of its own; it keeps its log across restarts. */
export interface EventStoreDbStandIn {
  readonly url: string;
  faults(faults: Faults): Promise<void>;
  /** Ends every subscription with a gRPC error. */
  dropSubscriptions(code: number, details: string): Promise<void>;
  /** Deletes a stream, so that it may begin again behind its last revision, or for ever. */
  remove(stream: string, how: 'deleted' | 'tombstoned'): Promise<void>;
  counts(): Promise<CallCounts>;
  kill(): Promise<void>;
  /** After `kill`: the same log behind the same port. */
  start(): Promise<void>;
  /** It keeps its connections, and says nothing on them until it is woken. */
  freeze(): void;
  wake(): void;
  close(): Promise<void>;
}

const server = join('test', 'support', 'eventstoredb-stand-in', 'server.mjs');

/** Starts a stand-in with an empty log. */
export async function startEventStoreDbStandIn(): Promise<EventStoreDbStandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-esdb-'));
  let port = 0;
  let child: ChildProcess;

  async function start(): Promise<void> {
    child = fork(server, [join(folder, 'log.jsonl'), String(port)], { execArgv: [] });
    // The first message of the stand-in says where it listens.
    const [message] = (await once(child, 'message')) as [{ listening: number }];
    port = message.listening;
  }

  async function ask(question: object): Promise<CallCounts> {
    const answer = once(child, 'message');
    child.send(question);
    // Every later message answers a question.
    const [message] = (await answer) as [{ counts: CallCounts }];
    return message.counts;
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  await start();
  return {
    url: `esdb://127.0.0.1:${String(port)}?tls=false`,
    faults: async (faults) => {
      await ask({ ask: 'faults', ...faults });
    },
    dropSubscriptions: async (code, details) => {
      await ask({ ask: 'drop', code, details });
    },
    remove: async (stream, how) => {
      await ask({ ask: 'remove', stream, tombstone: how === 'tombstoned' });
    },
    counts: () => ask({ ask: 'counts' }),
    kill,
    start,
    freeze: () => void child.kill('SIGSTOP'),
    wake: () => void child.kill('SIGCONT'),
    close: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
