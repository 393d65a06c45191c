import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** The built `cebe` in a process of its own. */
export interface CebeProcess {
  readonly pid: number;
  /** Everything on stdout and stderr so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout or stderr holds the text; rejects when the process ends before. */
  says(text: string): Promise<void>;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

/** The servers of a process's stores, as its environment names them. */
export interface CebeServers {
  readonly EVENTSTORE_URL: string;
  readonly MONGODB_URL: string;
  readonly CEBE_VAULT_KEY: string;
}

const running = new Set<ChildProcess>();

/** Kills whatever a failed test left running. */
export function endCebeProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts `cebe` with arguments on a data folder, on a free port; `input` is its stdin. */
export function startCebe(
  args: readonly string[],
  options: { readonly dataDir: string; readonly input?: string; readonly servers?: CebeServers },
): CebeProcess {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    env: {
      PATH: process.env['PATH'],
      CEBE_DATA_DIR: options.dataDir,
      CEBE_PORT: '0',
      CEBE_LOG_LEVEL: 'error',
      ...options.servers,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  const texts = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk.toString('utf8');
    tell();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk.toString('utf8');
    tell();
  });
  child.stdin.end(options.input ?? '');
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    running.delete(child);
    // `close` answers exactly one of the two.
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => texts.out,
    stderr: () => texts.err,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!texts.out.includes(text) && !texts.err.includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then((how) => {
          look();
          reject(new Error(`expected ${text}; the process ended with ${how}:\n${texts.out}\n${texts.err}`));
        });
      }),
    ended,
    kill: (signal) => void child.kill(signal),
  };
}
