import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

/** CPU seconds so far by thread; threads without a name of their own count as `other`. */
export type CpuTimes = Readonly<Record<string, number>>;

/** An engine in a process of its own, as `cebe start` runs it. */
export interface EngineProcess {
  readonly url: string;
  readonly token: string;
  /** From the start of the process to the first 200 of /readyz, ms. */
  readonly readyMs: number;
  cpu(): CpuTimes;
  /** Resident memory now and at its peak since the last call, MB. */
  readonly memory: () => { readonly now: number; readonly peak: number };
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** As `cebe` itself and `npm start` run node (see `docs/how-to/operate.md`). */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=24'];

const TICKS_A_SECOND = 100;
const cebe = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
const nameThreads = new URL('../name-threads.js', import.meta.url).href;

/** Starts the built engine on the folder, with more of an environment, and resolves at the first 200 of /readyz. */
export async function startEngineProcess(dataDir: string, more: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);
  const port = 20_000 + (process.pid % 12_000);
  const url = `http://127.0.0.1:${String(port)}`;
  const env = { ...process.env, CEBE_DATA_DIR: dataDir, CEBE_PORT: String(port), CEBE_LOG_LEVEL: 'warn', ...more };
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, ...flags, '--import', nameThreads, cebe, 'start', '--empty'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await untilReady(child, url);
  const readyMs = performance.now() - startedAt;
  const pid = child.pid ?? 0;
  const token = await tokenIn(join(dataDir, 'engine.json'), pid);
  const memory = watchMemory(pid);
  return {
    url,
    token,
    readyMs,
    cpu: () => cpuOf(pid),
    memory: memory.read,
    async stop(signal) {
      memory.end();
      child.kill(signal);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** What was used between two readings. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)]));
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const answer = await fetch(`${url}/readyz`);
      await answer.arrayBuffer();
      if (answer.status === 200) return;
    } catch {
      // It does not listen yet.
    }
    await pause(5);
  }
  throw new Error('the engine ended before it was ready');
}

/** It listens a moment before it writes this file about itself. */
async function tokenIn(file: string, pid: number): Promise<string> {
  for (;;) {
    if (existsSync(file)) {
      const written = JSON.parse(readFileSync(file, 'utf8')) as { readonly pid: number; readonly token: string };
      if (written.pid === pid) return written.token;
    }
    await pause(5);
  }
}

/** CPU times of a process on Linux, whose threads have names when `name-threads.js` is preloaded. */
export function cpuOf(pid: number): CpuTimes {
  const times: Record<string, number> = {};
  for (const task of readdirSync(`/proc/${String(pid)}/task`)) {
    const line = readFileSync(`/proc/${String(pid)}/task/${task}/stat`, 'utf8');
    const given = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    const name = given === 'node' || given.startsWith('libuv') ? 'other' : given;
    times[name] = (times[name] ?? 0) + seconds;
  }
  return times;
}

function watchMemory(pid: number): { readonly read: EngineProcess['memory']; readonly end: () => void } {
  let peak = 0;
  const now = (): number => {
    const pages = Number(readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ')[1]);
    return (pages * 4096) / 1e6;
  };
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, now());
    } catch {
      clearInterval(timer);
    }
  }, 200);
  timer.unref();
  return {
    read() {
      const reading = { now: now(), peak: Math.max(peak, now()) };
      peak = 0;
      return reading;
    },
    end: () => clearInterval(timer),
  };
}
