import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { CebeServers } from './cebe-process.js';

/** What the engine was doing when it killed itself (see test/crash/engine-process.mjs). */
export type KillPoint =
  | 'claim'
  | 'key'
  | 'append'
  | 'emission'
  | 'documents'
  | 'checkpoint'
  | 'reserve'
  | 'accept'
  | 'record'
  | 'erasing'
  | 'destroying';

/** The built engine in a process of its own. */
export interface EngineChild {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  /** Resolves when the process has ended, with the signal that ended it (null: by itself). */
  readonly ended: Promise<NodeJS.Signals | null>;
  /** How often it has logged the event. */
  logged(event: string): number;
  /** Ends it as an operator would. */
  stop(): Promise<void>;
}

export interface EngineChildOptions {
  readonly dataDir: string;
  /** Dies right after so many operations of the kind. */
  readonly kill?: { readonly point: KillPoint; readonly count: number };
  /** Runs it under strace, which writes these system calls, with the names of the files, to the file. */
  readonly trace?: { readonly file: string; readonly calls: readonly string[] };
  /** The stores it uses instead of those of its folder. */
  readonly servers?: CebeServers;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

/** Kills whatever a failed test left running. */
export function endEngineChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts it; null when it died before it took requests. */
export async function startEngineChild(options: EngineChildOptions): Promise<EngineChild | null> {
  const { dataDir, kill } = options;
  const script = [join('test', 'crash', 'engine-process.mjs'), ...(kill === undefined ? [] : [kill.point, String(kill.count)])];
  const [command, ...args] = [...tracing(options.trace), process.execPath, ...script];
  const child = spawn(command ?? '', args, {
    env: {
      PATH: process.env['PATH'],
      CEBE_DATA_DIR: dataDir,
      CEBE_PORT: '0',
      CEBE_LOG_LEVEL: 'error',
      ...options.servers,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = endOf(child);
  const logged = countEvents(child.stderr, options.servers === undefined ? 'shown' : 'counted');
  for await (const line of createInterface({ input: child.stdout })) {
    // engine-process.mjs prints exactly this.
    const { pid, url, token } = JSON.parse(line) as { readonly pid: number; readonly url: string; readonly token: string };
    child.stdout.resume();
    return {
      pid,
      url,
      token,
      ended,
      logged,
      async stop() {
        process.kill(pid, 'SIGTERM');
        await ended;
      },
    };
  }
  if ((await ended) === 'SIGKILL' && kill !== undefined) return null;
  throw new Error('expected the engine to start; it ended by itself');
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  // `exit` is emitted with a code and a signal, one of them null.
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  running.delete(child);
  return signal;
}

/** Stores that go away are no news to a test that takes them away. */
function countEvents(log: Readable, how: 'shown' | 'counted'): EngineChild['logged'] {
  const counts = new Map<string, number>();
  createInterface({ input: log }).on('line', (line) => {
    if (how === 'shown' || !line.startsWith('{')) process.stderr.write(`${line}\n`);
    const event = /"event":"(\w+)"/.exec(line)?.[1] ?? '';
    counts.set(event, (counts.get(event) ?? 0) + 1);
  });
  return (event) => counts.get(event) ?? 0;
}

function tracing(trace: EngineChildOptions['trace']): readonly string[] {
  if (trace === undefined) return [];
  return ['strace', '-f', '-y', '-s', '40', '-o', trace.file, '-e', `trace=${trace.calls.join(',')}`];
}
