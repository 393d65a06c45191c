import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { profilesEntry, segmentsEntry } from '../app/segments.js';
import { createSegmentCommands } from '../commands/segments/segments.commands.js';
import type { NewEvent } from '../contracts/events/event.js';
import { engineId } from '../domain/ids.js';
import { createSegmentQueries } from '../projections/segments/segments.queries.js';
import { createDecoder } from '../runtime/decode.js';
import { silentLogger } from '../runtime/logger.js';
import { pause } from '../runtime/retry.js';
import { createRunner } from '../runtime/runner.js';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import { cpuBetween, cpuOf } from './engine/engine-process.js';

/**
 * What a midnight costs at which many customers leave a segment at the same instant, and how long live events of others wait meanwhile:
 * `node --import ./dist/bench/name-threads.js dist/bench/midnight.bench.js [customers] [live events a second]`, default 50,000 and 500.
 */
const CUSTOMERS = Number(process.argv[2] ?? 50_000);
const LIVE_RATE = Number(process.argv[3] ?? 500);
const DAY = 86_400_000;
const STREAMS_AT_ONCE = 1_000;
const TICK_MS = 10;

const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-midnight-'));
const { store: eventStore } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
const documentStore = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite') });
let offset = 0;
const clock = (): number => Date.now() + offset;
const runner = createRunner({
  eventStore,
  documentStore,
  decode: createDecoder({ vault: { openKeys: () => Promise.resolve(new Map()) } }).decode,
  clock,
  logger: silentLogger,
  engineId,
  holder: 'bench',
  // The clock is set forward.
  leaseTtlMs: 1_000 * DAY,
  onLost: () => process.exit(1),
  projections: [profilesEntry({ eventStore, fallbackZone: 'UTC' }), segmentsEntry],
});
const segments = createSegmentQueries({
  documents: documentStore,
  collection: () => runner.readModel('segments').collection(),
});
const commands = createSegmentCommands({ eventStore, hashes: () => Promise.resolve(() => null), newId: randomUUID });

function event(type: string, plain: NewEvent['data']['plain']): NewEvent {
  const at = new Date(clock()).toISOString();
  const id = randomUUID();
  const times = { occurred_at: at, received_at: at };
  const names = { workspace_id: 'w1', message_id: id, source: 'bench', correlation_id: id, causation_id: id, actor: 'bench' };
  return { id, type, data: { plain, hashes: {}, sealed: [] }, metadata: { ...names, ...times, schema_version: 1 } };
}

function order(): NewEvent {
  return event('order_created', {
    order_id: randomUUID(),
    amount_minor: 1_990,
    currency: 'USD',
    created_at: '2026-11-22T00:00:00Z',
  });
}

async function fill(): Promise<void> {
  for (let first = 0; first < CUSTOMERS; first += STREAMS_AT_ONCE) {
    const ids = Array.from({ length: Math.min(STREAMS_AT_ONCE, CUSTOMERS - first) }, (_, index) => 1_000_000 + first + index);
    const events = (): NewEvent[] => [event('customer.created', { city: 'Bandung', plan: 'gold' }), order()];
    await Promise.all(ids.map((id) => eventStore.append(`customer-w1.${String(id)}`, 'no_stream', events())));
  }
  await runner.waitFor('profiles', await eventStore.head(), 600_000);
}

let customer = 5_000_000;

/** Live events of other customers at a steady rate, until it is stopped; answers how long each took to be folded, ms in order. */
function pushLive(): { stop(): Promise<readonly number[]> } {
  const waits: number[] = [];
  const waiting: Promise<void>[] = [];
  const stopping = new AbortController();
  const pushing = (async () => {
    const from = performance.now();
    for (let pushed = 0; !stopping.signal.aborted;) {
      for (; pushed < ((performance.now() - from) * LIVE_RATE) / 1_000; pushed += 1) {
        const began = performance.now();
        const folded = eventStore
          .append(`customer-w1.${String((customer += 1))}`, 'no_stream', [event('page_viewed', { page: 'home' })])
          .then(({ position }) => runner.waitFor('profiles', position, 60_000))
          .then(() => {
            waits.push(performance.now() - began);
          });
        waiting.push(folded);
      }
      await pause(TICK_MS);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await pushing;
      await Promise.all(waiting);
      return waits.sort((one, other) => one - other);
    },
  };
}

function summary(waits: readonly number[]): string {
  const at = (share: number): string => (waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0).toFixed(0);
  return `${String(waits.length)} live events folded after p50 ${at(0.5)} / p99 ${at(0.99)} / max ${at(1)} ms`;
}

async function untilMembers(id: string, isReached: (members: number, isLive: boolean) => boolean): Promise<void> {
  for (;;) {
    const segment = await segments.get('w1', id);
    if (segment !== null && isReached(segment.member_count, segment.state === 'live')) return;
    await pause(TICK_MS);
  }
}

try {
  console.log(`${CUSTOMERS.toLocaleString('en')} customers, ${cpus().length.toString()} cores, Node ${process.version}`);
  await runner.start();
  await fill();
  const rule = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 30 };
  const context = { workspace: 'w1', actor: 'bench', at: new Date(clock()).toISOString() };
  const { segment_id: id } = await commands.define({ name: 'An order within 30 days', rule }, context);
  await untilMembers(id, (members, isLive) => isLive && members === CUSTOMERS);
  const quiet = pushLive();
  await pause(2_000);
  console.log(`without a midnight: ${summary(await quiet.stop())}`);

  const cpu = cpuOf(process.pid);
  const live = pushLive();
  const from = performance.now();
  offset += 30 * DAY - (clock() % DAY);
  runner.poke('profiles');
  await untilMembers(id, (members) => members === 0);
  const seconds = (performance.now() - from) / 1_000;
  const used = Object.entries(cpuBetween(cpu, cpuOf(process.pid))).filter(([, time]) => time >= 0.1);
  const threads = used.map(([thread, time]) => `${thread} ${time.toFixed(1)}`).join(', ');
  console.log(`midnight: ${CUSTOMERS.toLocaleString('en')} exits in ${seconds.toFixed(1)} s, CPU s: ${threads}`);
  console.log(`meanwhile: ${summary(await live.stop())}; RSS ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
} finally {
  await runner.stop();
  await eventStore.close();
  await documentStore.close();
  await rm(folder, { recursive: true, force: true });
}
