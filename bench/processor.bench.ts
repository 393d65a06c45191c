import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findContract } from '../contracts/events/event-contracts.js';
import type { NewEvent } from '../contracts/events/event.js';
import type { JsonObject } from '../contracts/json.js';
import { engineId } from '../domain/ids.js';
import { createProfilesProjection } from '../projections/profiles/profiles.projection.js';
import { createDecoder } from '../runtime/decode.js';
import { silentLogger } from '../runtime/logger.js';
import type { Projection } from '../runtime/projection.js';
import { createRunner, type Runner } from '../runtime/runner.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';

/**
 * Figures of the processor loop on the embedded stores: `node dist/bench/processor.bench.js [events] [customers] [each]` (defaults 200,000,
 * 25,000 and 1); `each` events of one customer stand behind one another in the log, so 1 is the hardest. Nothing is sealed; one projection runs at a time. See `sealing.bench.ts` for what opening personal fields adds.
 */
const EVENTS = Number(process.argv[2] ?? 200_000);
const CUSTOMERS = Number(process.argv[3] ?? 25_000);
const EACH = Number(process.argv[4] ?? 1);

type Counted = { readonly count: number; readonly sum: number };

const counting: Projection<Counted> = {
  name: 'counting',
  version: 1,
  categories: ['customer'],
  handles: ['order_created'],
  opensQuasi: true,
  indexes: [],
  keys: (event) => [`${event.stream.workspace}/${event.stream.id}`],
  evolve: (document, event) => ({
    count: (document?.count ?? 0) + 1,
    sum: (document?.sum ?? 0) + Number(event.data['amount_minor']),
  }),
};

const profiles = createProfilesProjection({ zoneOf: () => 'UTC', measuresOf: (type) => findContract(type)?.measures ?? [] });

let made = 0;
function order(): NewEvent {
  made += 1;
  const time = new Date().toISOString();
  return {
    id: randomUUID(),
    type: 'order_created',
    data: {
      plain: { order_id: `o-${String(made)}`, amount_minor: made % 9_999, currency: 'USD', created_at: time },
      hashes: {},
      sealed: [],
    },
    metadata: {
      workspace_id: 'bench',
      message_id: `bench:${String(made)}`,
      source: 'bench',
      schema_version: 1,
      occurred_at: time,
      received_at: time,
      correlation_id: '018f3b5e-5d53-7000-8000-000000000000',
      causation_id: '018f3b5e-5d53-7000-8000-000000000000',
      actor: 'key:bench',
    },
  };
}

const heads = new Map<string, bigint>();
async function append(store: EventStore, customer: number, count: number): Promise<bigint> {
  const stream = `customer-bench.${String(customer)}`;
  const { revision, position } = await store.append(
    stream,
    heads.get(stream) ?? 'no_stream',
    Array.from({ length: count }, order),
  );
  heads.set(stream, revision);
  return position;
}

/** Appends `total` events, `each` a call, with so many callers; each caller has customers of its own. */
async function ingest(store: EventStore, total: number, each: number): Promise<bigint> {
  const callers = 128;
  let [begun, last] = [0, -1n];
  const caller = async (number: number): Promise<void> => {
    while (begun < total) {
      begun += each;
      const customer = Math.floor((Math.random() * CUSTOMERS) / callers) * callers + number;
      const position = await append(store, customer, each);
      if (position > last) last = position;
    }
  };
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number)));
  return last;
}

function print(label: string, text: string): void {
  process.stdout.write(`${label.padEnd(52)} ${text}\n`);
}

const perSecond = (events: number, ms: number): string =>
  `${Math.round((events / ms) * 1_000)
    .toLocaleString('en')
    .padStart(9)}/s`;

async function timed(label: string, events: number, run: () => Promise<unknown>): Promise<void> {
  const [from, loop, cpu] = [performance.now(), performance.eventLoopUtilization(), process.cpuUsage()];
  await run();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  const main = (performance.eventLoopUtilization(loop).active * 1_000) / events;
  const all = (user + system) / events;
  print(label, `${perSecond(events, ms)}   main thread ${main.toFixed(1)} µs, all threads ${all.toFixed(1)} µs an event`);
}

async function latency(runner: Runner, store: EventStore, name: string): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < 500; round += 1) {
    const from = performance.now();
    await runner.waitFor(name, await append(store, round % CUSTOMERS, 1), 5_000);
    took.push(performance.now() - from);
  }
  took.sort((a, b) => a - b);
  const at = (share: number): string => `${(took[Math.floor(took.length * share)] ?? 0).toFixed(1)} ms`;
  print(`${name}: append to visible, one at a time`, `p50 ${at(0.5)}, p99 ${at(0.99)}`);
}

async function measure(eventStore: EventStore, documentStore: DocumentStore, projection: Projection<JsonObject>): Promise<void> {
  const { name } = projection;
  const decode = createDecoder({ vault: { openKeys: () => Promise.resolve(new Map()) } }).decode;
  const runner = createRunner({
    eventStore,
    documentStore,
    decode,
    clock: Date.now,
    logger: silentLogger,
    engineId,
    holder: 'bench',
    onLost: () => undefined,
    dropAfterMs: 0,
    projections: [{ projection }],
  });
  const head = await eventStore.head();
  await timed(`${name}: first catch-up`, Number(head) + 1, async () => {
    await runner.start();
    await runner.waitFor(name, head, 600_000);
  });
  await timed(`${name}: rebuild`, Number(head) + 1, async () => (await runner.rebuild(name)).done);
  await timed(`${name}: verify`, Number(head) + 1, async () => {
    const { equal, documents } = await runner.verify(name).done;
    print('', `equal: ${equal}, ${documents} documents`);
  });
  await latency(runner, eventStore, name);
  const live = 50_000;
  await timed(`${name}: live beside ingest`, live, async () => {
    await runner.waitFor(name, await ingest(eventStore, live, EACH), 600_000);
  });
  const [status] = await runner.status();
  if (status?.blocked !== 0) throw new Error(`Expected no blocked key, found ${String(status?.blocked)}.`);
  await runner.stop();
  print(`${name}: memory`, `${(process.memoryUsage().rss / 1_048_576).toFixed(0)} MB RSS`);
}

const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-'));
const { store } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
const documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite') });
print('log', `${EVENTS.toLocaleString('en')} events of ${CUSTOMERS.toLocaleString('en')} customers, ${EACH} at a time`);
await timed('ingest alone', EVENTS, () => ingest(store, EVENTS, EACH));
await measure(store, documents, counting);
await measure(store, documents, profiles);
await store.close();
await documents.close();
await rm(folder, { recursive: true, force: true });
