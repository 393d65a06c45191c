import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from './engine/engine-process.js';
import { createFlood, CUSTOMERS, type Flood } from './overload/flood.js';

/**
 * Ten times what the engine takes: `node dist/bench/overload.bench.js [seconds=60] [times=10]`. It first measures what is taken, then offers
 * that many times more at a steady pace whatever comes back, and prints how refusals, memory and the log fared. The senders share the
 * machine with the engine. Known customers, two sealed fields, all projections running. Ends with 1 when a promise is broken.
 */
const seconds = Number(process.argv[2] ?? 60);
const times = Number(process.argv[3] ?? 10);
const MEASURING_SECONDS = Math.min(10, seconds);
const BATCH = 100;
const REFUSED_WITHIN_MS = 100;
const MEMORY_LIMIT_MB = 1_024;

interface Started {
  readonly url: string;
  readonly key: string;
}

const dataDir = await mkdtemp(join(tmpdir(), 'cebe-overload-'));
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const engine = spawn(process.execPath, [...nodeFlags, main, 'start', '--empty', '--json'], {
  env: { ...process.env, CEBE_DATA_DIR: dataDir, CEBE_PORT: '0', CEBE_LOG_LEVEL: 'error' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => engine.once('exit', resolve));

async function started(): Promise<Started> {
  for await (const line of createInterface({ input: engine.stdout })) return JSON.parse(line) as Started; // as `cebe start --json` prints it
  throw new Error('the engine did not start');
}

function show(label: string, value: string): void {
  process.stdout.write(`${label.padEnd(46)} ${value}\n`);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

/** Follows the engine's memory through its own metrics, which have to be answered all the while. */
function watchMemory(url: string): { readonly highest: () => number; stop(): void } {
  let highest = 0;
  const look = async (): Promise<void> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    highest = Math.max(highest, Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? 0));
  };
  const timer = setInterval(() => void look().catch(() => undefined), 500);
  return {
    highest: () => Math.round(highest / 1e6),
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function storedEvents({ url, key }: Started, position: string): Promise<number> {
  const response = await fetch(`${url}/v1/ingest/statistics?min_position=${position}&wait_ms=30000`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`expected the statistics, found ${String(response.status)}: ${text}`);
  const { data } = JSON.parse(text) as { readonly data: readonly { readonly total: number }[] }; // the route's answer
  return data.reduce((sum, { total }) => sum + total, 0);
}

function report(flood: Flood, stored: number, memory: number): boolean {
  const refusals = [...flood.refusalTimes].sort((a, b) => a - b);
  const [p50, p99] = [quantile(refusals, 0.5), quantile(refusals, 0.99)];
  const answers = [...flood.acceptTimes].sort((a, b) => a - b);
  show('accepted meanwhile', `${String(Math.round(flood.acceptedMeanwhile / seconds))} events/s`);
  show('  answered within, p50 / p99', `${quantile(answers, 0.5).toFixed(0)} / ${quantile(answers, 0.99).toFixed(0)} ms`);
  show('refused with 429', `${String(flood.refused)} requests`);
  show('  within, p50 / p99', `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`);
  show('answered otherwise', JSON.stringify(flood.others));
  show('not offered: all connections were waiting', `${String(flood.skipped)} requests`);
  show('memory at most', `${String(memory)} MB`);
  show('acknowledged / stored', `${String(flood.accepted)} / ${String(stored)} events`);
  const isKept = stored === flood.accepted && p99 <= REFUSED_WITHIN_MS && memory <= MEMORY_LIMIT_MB && flood.refused > 0;
  return isKept && Object.keys(flood.others).length === 0;
}

try {
  const running = await started();
  const measured = createFlood({ ...running, batch: BATCH, prefix: 'a' });
  await measured.closedLoop(8, { events: CUSTOMERS });
  await measured.closedLoop(8, { seconds: 2 });
  const before = measured.accepted;
  await measured.closedLoop(8, { seconds: MEASURING_SECONDS });
  const taken = Math.round((measured.accepted - before) / MEASURING_SECONDS);
  show(`takes, ${String(BATCH)} events a request`, `${String(taken)} events/s`);

  const flood = createFlood({ ...running, batch: BATCH, prefix: 'b' });
  const memory = watchMemory(running.url);
  show(`offered for ${String(seconds)} s`, `${String(taken * times)} events/s`);
  await flood.connect();
  await flood.openLoop((taken * times) / BATCH, seconds);
  memory.stop();
  const last = createFlood({ ...running, batch: 1, prefix: 'c' });
  await last.closedLoop(1, { events: 1 });
  const stored = (await storedEvents(running, last.position)) - measured.accepted - last.accepted;
  process.exitCode = report(flood, stored, memory.highest()) ? 0 : 1;
} finally {
  engine.kill('SIGTERM');
  await ended;
  await rm(dataDir, { recursive: true });
}
