import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuBetween, startEngineProcess, type CpuTimes } from './engine/engine-process.js';
import type { LoadReport, PushJob } from './engine/load-job.js';
import { startLoadProcess } from './engine/load-process.js';
import { eventsIn, projectionsOf, untilFolded, watchLag } from './engine/projection-watch.js';

/**
 * Figures of the whole engine over HTTP: `node dist/bench/engine.bench.js [--quick] [--customers=N] [--events=N] [--only=name,name]`.
 * The engine is a process of its own on a new folder in the temporary folder, the load generator another one on the same machine.
 * CPU is that of the engine, until its projections have folded everything, per event pushed and by thread.
 */
const argument = (name: string): string | undefined =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(name.length + 3);
const quick = process.argv.includes('--quick');
const customers = Number(argument('customers') ?? (quick ? 20_000 : 100_000));
const events = Number(argument('events') ?? (quick ? 200_000 : 1_000_000));
const only = argument('only')?.split(',');
const seconds = quick ? 5 : 10;
const wants = (name: string): boolean => only === undefined || only.includes(name);

const FILL = 2_000_000_000;
const ALL: Omit<PushJob, 'event'> = {
  kind: 'push',
  connections: 16,
  eventsARequest: 100,
  firstCustomer: 0,
  customers,
  seconds,
  events: FILL,
};

const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-'));
const load = startLoadProcess();
const prober = startLoadProcess();
let engine = await startEngineProcess(folder);

function row(what: string, found: string, aim: string): void {
  console.log(`${what.padEnd(66)}${found.padStart(30)}  ${aim}`);
}

const count = (number: number): string => Math.round(number).toLocaleString('en');

function cpuRow(used: CpuTimes, perEvents: number): void {
  const parts = Object.entries(used)
    .filter(([, spent]) => spent / perEvents > 0.5e-6)
    .sort(([, a], [, b]) => b - a)
    .map(([name, spent]) => `${name} ${((spent * 1e6) / perEvents).toFixed(1)}`);
  console.log(`    CPU µs an event: ${parts.join(', ')}`);
}

function memoryRow(): void {
  const { now, peak } = engine.memory();
  console.log(`    memory: ${count(now)} MB, at most ${count(peak)} MB`);
}

async function measured<T>(work: () => Promise<T>, eventsOf: (result: T) => number): Promise<T> {
  const before = engine.cpu();
  const result = await work();
  const startedAt = performance.now();
  await untilFolded(engine);
  const behind = performance.now() - startedAt;
  if (behind > 200) console.log(`    folded ${(behind / 1000).toFixed(1)} s after the last answer`);
  cpuRow(cpuBetween(before, engine.cpu()), eventsOf(result));
  memoryRow();
  return result;
}

async function pushed(what: string, job: Partial<PushJob> & Pick<PushJob, 'event'>, aim: string): Promise<LoadReport> {
  return measured(
    async () => {
      const report = await load.run(engine, { ...ALL, ...job });
      row(what, `${count(report.accepted / report.seconds)} events/s`, aim);
      const problems =
        report.others + report.refused === 0 ? '' : `, ${count(report.others)} not accepted, ${count(report.refused)} × 429`;
      const generator = ((report.cpuSeconds * 1e6) / report.accepted).toFixed(1);
      console.log(
        `    requests p50 ${report.p50.toFixed(1)} ms, p99 ${report.p99.toFixed(1)} ms${problems}; generator ${generator} µs an event`,
      );
      return report;
    },
    (report) => report.accepted,
  );
}

const SEALED = 'two fields sealed';
const PLAIN = 'no field sealed';

async function ingest(): Promise<number> {
  await pushed(
    `first-seen customers, batches of 100; three fields sealed`,
    { event: 'created', seconds: 600, events: customers },
    '>= 4,000',
  );
  let best = 4_000;
  if (wants('batches')) {
    await pushed(`known customers, batches of 100, ${String(seconds)} s; ${SEALED}`, { event: 'order_sealed' }, '>= 15,000');
    const report = await pushed(
      `known customers, batches of 100, ${String(seconds)} s; ${PLAIN}`,
      { event: 'order' },
      '>= 15,000',
    );
    best = report.accepted / report.seconds;
  }
  if (wants('singles')) {
    const single = { event: 'order', connections: 64, eventsARequest: 1 } as const;
    await pushed(`known customers, one event a request, 64 connections; ${PLAIN}`, single, '>= 6,000');
  }
  return best;
}

async function sustained(): Promise<number> {
  const left = Math.max(20_000, events - (await eventsIn(engine)));
  const work = pushed(
    `known customers, sustained to ${count(events)} events; ${SEALED}`,
    { event: 'order_sealed', seconds: 600, events: left },
    '>= 8,000',
  );
  const { result, lagMs } = await watchLag(engine, work);
  row('  longest lag of a projection meanwhile', `${count(lagMs)} ms`, '< 5,000 ms');
  return result.accepted / result.seconds;
}

async function visible(full: number): Promise<void> {
  const half = full / 2;
  for (const how of ['wait', 'poll'] as const) {
    const background = load.run(engine, {
      ...ALL,
      event: 'order',
      connections: 4,
      seconds: seconds + 1,
      requestsASecond: half / 100,
    });
    const { p50, p99 } = await prober.run(engine, { kind: 'probe', how, firstCustomer: 0, customers, seconds });
    await background;
    await untilFolded(engine);
    const what = how === 'wait' ? 'accepted ▸ read with min_position' : 'push ▸ seen by polling';
    row(`${what}, at ${count(half)} events/s`, `p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)} ms`, 'p99 < 250 ms');
  }
}

async function rebuild(): Promise<void> {
  const total = await eventsIn(engine);
  await measured(
    async () => {
      const startedAt = performance.now();
      const url = `${engine.url}/v1/projections/profiles/rebuild?follow=true`;
      const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${engine.token}` } });
      const last = (await answer.text()).trim().split('\n').at(-1) ?? '';
      if (!last.includes('switched')) throw new Error(`expected a rebuild that switched, found ${last}`);
      row(
        `rebuild of profiles, ${count(total)} events`,
        `${count((total * 1000) / (performance.now() - startedAt))} events/s`,
        '>= 20,000',
      );
    },
    () => total,
  );
}

async function restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const total = await eventsIn(engine);
  await engine.stop(signal);
  engine = await startEngineProcess(folder);
  row(
    `restart after ${signal} at ${count(total)} events, to the first 200 of /readyz`,
    `${count(engine.readyMs)} ms`,
    '< 2,000 ms',
  );
}

async function run(): Promise<void> {
  const names = (await projectionsOf(engine)).map(({ name }) => name).join(', ');
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${String(cpus().length)} cores, load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}, Node ${process.version}`,
  );
  console.log(`${count(customers)} customers; projections running: ${names}\n`);
  const full = await ingest();
  const lasting = wants('sustained') ? await sustained() : full;
  if (wants('visible')) await visible(Math.min(full, lasting));
  row(
    `resident memory, live, ${count(await eventsIn(engine))} events, ${count(customers)} customers`,
    `${count(engine.memory().now)} MB`,
    '< 512 MB',
  );
  if (wants('rebuild')) await rebuild();
  if (wants('restart')) {
    await restart('SIGTERM');
    memoryRow();
    await restart('SIGKILL');
  }
}

try {
  await run();
} finally {
  load.end();
  prober.end();
  await engine.stop('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
