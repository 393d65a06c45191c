import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BEFORE_FIRST, type NewEvent } from '../contracts/events/event.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';

/**
 * Figures of the embedded event store: `node dist/bench/event-store.bench.js [depth]`, depth in events (default 100,000).
 * Events are about 420 bytes, streams 102,400 customers; the disk is that of the temporary folder.
 */
const depth = Number(process.argv[2] ?? 100_000);
const CUSTOMERS = 102_400;
const heads = new Map<string, bigint>();

function bodyOf(n: number): NewEvent {
  const time = '2026-11-22T10:00:00.000Z';
  return {
    id: randomUUID(),
    type: 'order_created',
    data: {
      plain: { order_id: `o-${String(n)}`, amount_minor: n % 9999, currency: 'USD', created_at: time },
      hashes: {},
      sealed: [],
    },
    metadata: {
      workspace_id: 'bench',
      message_id: `bench:${String(n)}`,
      source: 'bench',
      schema_version: 1,
      occurred_at: time,
      received_at: time,
      correlation_id: '018f3b5e-5d53-7000-8000-000000000000',
      causation_id: '018f3b5e-5d53-7000-8000-000000000000',
      actor: 'key:bench',
      body_hash: 'x'.repeat(43),
    },
  };
}

let counter = 0;
async function appendTo(store: EventStore, stream: string): Promise<void> {
  const head = heads.get(stream);
  const { revision } = await store.append(stream, head ?? 'no_stream', [bodyOf((counter += 1))]);
  heads.set(stream, revision);
}

async function callers(store: EventStore, count: number, total: number): Promise<void> {
  let begun = 0;
  // Each caller has customers of its own, so that nobody is refused.
  const caller = async (number: number): Promise<void> => {
    while (begun < total) {
      begun += 1;
      const customer = (Math.floor((Math.random() * CUSTOMERS) / count) * count + number) % CUSTOMERS;
      await appendTo(store, `customer-bench.${String(customer)}`);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, number) => caller(number)));
}

async function measure(label: string, events: number, run: () => Promise<void>): Promise<void> {
  const [from, loop, cpu] = [performance.now(), performance.eventLoopUtilization(), process.cpuUsage()];
  await run();
  const ms = performance.now() - from;
  const busy = performance.eventLoopUtilization(loop).active;
  const { user, system } = process.cpuUsage(cpu);
  const perEvent = (value: number): string => `${((value * 1000) / events).toFixed(1)} µs`;
  process.stdout.write(
    `${label.padEnd(44)} ${Math.round((events / ms) * 1000)
      .toLocaleString('en')
      .padStart(9)}/s   main thread ${perEvent(busy)}, all threads ${perEvent((user + system) / 1000)} an event\n`,
  );
}

async function latency(store: EventStore, rounds: number): Promise<void> {
  const stop = new AbortController();
  const began = new Map<string, number>();
  const took: number[] = [];
  const reading = (async () => {
    for await (const message of store.subscribe({ after: await store.head(), signal: stop.signal })) {
      if (message.kind !== 'event') continue;
      took.push(performance.now() - (began.get(message.event.metadata.message_id) ?? 0));
      if (took.length === rounds) break;
    }
  })();
  for (let round = 0; round < rounds; round += 1) {
    const event = bodyOf((counter += 1));
    began.set(event.metadata.message_id, performance.now());
    await store.append(`customer-latency.${String(counter)}`, 'no_stream', [event]);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await reading;
  took.sort((a, b) => a - b);
  const at = (share: number): string => (took[Math.floor((took.length - 1) * share)] ?? 0).toFixed(2);
  process.stdout.write(`${'append ▸ subscription, about 400/s'.padEnd(44)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`);
}

const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-'));
const file = join(folder, 'log.sqlite');
let { store } = await openEmbeddedEventStore({ file });
try {
  await callers(store, 256, 5_000);
  await measure('256 callers, small log', 40_000, () => callers(store, 256, 40_000));
  const filling = Math.max(0, depth - counter);
  if (filling > 0)
    await measure(`256 callers, up to ${depth.toLocaleString('en')} events`, filling, () => callers(store, 256, filling));
  await measure('one at a time', 4_000, () => callers(store, 1, 4_000));
  await measure('256 callers', 60_000, () => callers(store, 256, 60_000));
  await measure('batches of 100 distinct streams', 50_000, async () => {
    for (let batch = 0; batch < 500; batch += 1) {
      const first = Math.floor((Math.random() * CUSTOMERS) / 100) * 100;
      await Promise.all(Array.from({ length: 100 }, (_, index) => appendTo(store, `customer-bench.${String(first + index)}`)));
    }
  });
  await measure('new streams, batches of 100', 20_000, async () => {
    for (let batch = 0; batch < 200; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => appendTo(store, `identity-bench.${randomUUID()}`)));
    }
  });
  await latency(store, 500);
  const read = { bytes: 0 };
  const held = Number((await store.head()) + 1n);
  await measure(`read all ${held.toLocaleString('en')} events`, held, async () => {
    for await (const event of store.readAll({ after: BEFORE_FIRST })) read.bytes += event.type.length;
  });
  await measure('read 4,000 streams, 16 at a time', 4_000, async () => {
    for (let batch = 0; batch < 250; batch += 1) {
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          const customer = Math.floor(Math.random() * CUSTOMERS);
          for await (const event of store.readStream(`customer-bench.${String(customer)}`)) read.bytes += event.type.length;
        }),
      );
    }
  });
  await store.close();
  const { size } = await stat(file);
  const from = performance.now();
  ({ store } = await openEmbeddedEventStore({ file }));
  process.stdout.write(
    `opening again: ${Math.round(performance.now() - from).toString()} ms; ${Math.round(size / held).toString()} bytes an event; RSS ${Math.round(process.memoryUsage().rss / 1e6).toString()} MB\n`,
  );
} finally {
  await store.close();
  await rm(folder, { recursive: true });
}
