import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BEFORE_FIRST, type NewEvent } from '../contracts/events/event.js';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';
import { openMongodbDocumentStore } from '../stores/document-store/mongodb/open-mongodb-document-store.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { openEventStoreDbEventStore } from '../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { cpuBetween, startEngineProcess } from './engine/engine-process.js';
import { startStandIns } from './storage/stand-ins.js';

/**
 * The embedded stores beside both server adapters on the tests' stand-ins, in one run: `node dist/bench/servers.bench.js [seconds]`, from the
 * folder of the sources. The processor time is that of the process with the adapter: what it costs by itself. Events/s of a stand-in say
 * nothing about a server. `seconds`: for how long each engine is pushed at (default 10).
 */
const SECONDS = Number(process.argv[2] ?? 10);
const EVENTS = 10_000;
const CALLERS = 64;
const DOCUMENTS = 10_000;
const BULK = 1_000;
const CUSTOMERS = 2_000;
const time = '2026-11-22T10:00:00.000Z';

type Report = (what: string, count: number, work: () => Promise<unknown>) => Promise<void>;

function reportOf(stores: string): Report {
  return async (what, count, work) => {
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    await work();
    const seconds = (performance.now() - from) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    print(stores, what, { perSecond: count / seconds, cpu: `${((user + system) / count).toFixed(0)} µs of processor each` });
  };
}

function print(stores: string, what: string, { perSecond, cpu }: { readonly perSecond: number; readonly cpu: string }): void {
  console.log(`${stores.padEnd(10)} ${what.padEnd(44)} ${Math.round(perSecond).toLocaleString('en').padStart(8)}/s  ${cpu}`);
}

function orderOf(number: number): NewEvent {
  const id = randomUUID();
  return {
    id,
    type: 'order_created',
    data: {
      plain: { order_id: `o-${String(number)}`, amount_minor: number, currency: 'USD', created_at: time },
      hashes: {},
      sealed: [],
    },
    metadata: {
      workspace_id: 'bench',
      message_id: `bench:${String(number)}`,
      source: 'bench',
      schema_version: 1,
      occurred_at: time,
      received_at: time,
      correlation_id: id,
      causation_id: id,
      actor: 'key:bench',
    },
  };
}

async function measureLog(store: EventStore, report: Report): Promise<void> {
  const orders = Array.from({ length: EVENTS }, (_, number) => orderOf(number));
  await report(`append one event each, ${String(CALLERS)} callers`, EVENTS, () =>
    Promise.all(
      Array.from({ length: CALLERS }, async (_, caller) => {
        let head: bigint | 'no_stream' = 'no_stream';
        for (let number = caller; number < EVENTS; number += CALLERS) {
          const order = orders[number] as NewEvent; // below the number of orders
          ({ revision: head } = await store.append(`customer-bench.${String(caller)}`, head, [order]));
        }
      }),
    ),
  );
  await report('append to new streams, 100 events each', EVENTS, async () => {
    for (let first = 0; first < EVENTS; first += 100) {
      const events = orders.slice(first, first + 100).map((order) => ({ ...order, id: randomUUID() }));
      await store.append(`customer-bulk.${String(first)}`, 'no_stream', events);
    }
  });
  await report('follow all from the first event', EVENTS * 2, async () => {
    let seen = 0;
    const stop = new AbortController();
    for await (const message of store.subscribe({ after: BEFORE_FIRST, signal: stop.signal })) {
      if (message.kind === 'event' && (seen += 1) === EVENTS * 2) stop.abort();
    }
  });
}

async function measureDocuments(store: DocumentStore, report: Report): Promise<void> {
  const body = {
    city: 'Bandung',
    days: Object.fromEntries(Array.from({ length: 20 }, (_, day) => [`d${String(day)}`, { count: day, last: time }])),
  };
  const idOf = (number: number): string => `bench/${String(number)}`;
  const bulks = async (expected: bigint | 'none', position: bigint): Promise<void> => {
    for (let first = 0; first < DOCUMENTS; first += BULK) {
      const writes = Array.from({ length: BULK }, (_, index) => ({ id: idOf(first + index), expected, position, body }));
      await store.put('bench@v1', writes);
    }
  };
  await store.ensureCollection('bench@v1', [{ name: 'city', paths: [['city']] }]);
  await report(`insert documents of ${String(JSON.stringify(body).length)} bytes, one index`, DOCUMENTS, () => bulks('none', 1n));
  await report('replace them (compare and set)', DOCUMENTS, () => bulks(1n, 2n));
  await report('get them, 1,000 at a time', DOCUMENTS, async () => {
    for (let first = 0; first < DOCUMENTS; first += BULK) {
      await store.getMany(
        'bench@v1',
        Array.from({ length: BULK }, (_, index) => idOf(first + index)),
      );
    }
  });
}

/** Known customers, batches of 100 over 8 connections, nothing personal in them, all projections running. */
async function measureEngine(stores: string, dataDir: string, env: Readonly<Record<string, string>>): Promise<void> {
  const engine = await startEngineProcess(dataDir, env);
  let number = 0;
  const push = async (count: number, customer: () => number): Promise<number> => {
    const events = Array.from({ length: count }, () => ({
      type: 'order_created',
      message_id: `bench-${String((number += 1))}`,
      customer: { qontak_customer_id: `c${String(customer())}` },
      properties: { order_id: `o-${String(number)}`, amount: '19.90', currency: 'USD', created_at: time },
    }));
    const answer = await fetch(`${engine.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${engine.token}` },
      body: JSON.stringify({ events }),
    });
    await answer.arrayBuffer();
    return answer.status === 200 ? count : 0;
  };
  for (let known = 0; known < CUSTOMERS; known += 100) {
    let next = known;
    await push(100, () => (next += 1));
  }
  const [from, before] = [performance.now(), engine.cpu()];
  let accepted = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() - from < SECONDS * 1000)
        accepted += await push(100, () => 1 + Math.floor(Math.random() * CUSTOMERS));
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  const used = Object.values(cpuBetween(before, engine.cpu())).reduce((sum, one) => sum + one, 0);
  print(stores, 'ingest over HTTP, known customers, with projections', {
    perSecond: accepted / seconds,
    cpu: `${((used / accepted) * 1e6).toFixed(0)} µs of processor each`,
  });
  await engine.stop('SIGTERM');
}

const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-'));
const startIn = async (name: string): ReturnType<typeof startStandIns> => {
  await mkdir(join(folder, name));
  return startStandIns(join(folder, name));
};
// The engine needs a log of its own.
const [standIns, others] = await Promise.all([startIn('adapters'), startIn('engine')]);
try {
  console.log('stand-ins: both server adapters on the stand-ins of the tests, not on servers\n');
  const [embedded, servers] = [reportOf('embedded'), reportOf('stand-ins')];
  const { store: log } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
  await measureLog(log, embedded);
  await log.close();
  const serverLog = await openEventStoreDbEventStore({ connectionString: standIns.log });
  await measureLog(serverLog, servers);
  await serverLog.close();
  const documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite') });
  await measureDocuments(documents, embedded);
  await documents.close();
  const serverDocuments = await openMongodbDocumentStore({ url: standIns.documents, database: 'bench' });
  await measureDocuments(serverDocuments, servers);
  await serverDocuments.close();
  await measureEngine('embedded', join(folder, 'data'), {});
  const env = { EVENTSTORE_URL: others.log, MONGODB_URL: others.documents };
  await measureEngine('stand-ins', join(folder, 'data-on-servers'), env);
} finally {
  standIns.end();
  others.end();
  await rm(folder, { recursive: true });
}
