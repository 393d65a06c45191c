import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { openEventStoreDbEventStore } from '../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { startEngineProcess } from './engine/engine-process.js';
import { startLoadProcess } from './engine/load-process.js';
import { untilFolded } from './engine/projection-watch.js';
import { collectionsInFolder, collectionsOnServer, sizesOfCollection, type CollectionRows } from './storage/collection-sizes.js';
import { sizesOfLog } from './storage/log-sizes.js';
import { startStandIns, type ServerUrls } from './storage/stand-ins.js';

/**
 * What customers and events take on EventStoreDB and MongoDB, from the root of the repository:
 * - `node dist/bench/storage.bench.js [--customers=N] [--orders=N]` fills the tests' stand-ins and reads everything back; records, documents and keys
 *   are as large there as on the servers.
 * - With EVENTSTORE_URL and MONGODB_URL it reads what is on these servers.
 * - With `--folder=<data folder>` it reads an embedded one, while no engine runs on it, and says what its events and documents would take.
 */
const argument = (name: string): string | undefined =>
  process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(name.length + 3);

async function fill(servers: ServerUrls, folder: string): Promise<void> {
  Object.assign(process.env, { EVENTSTORE_URL: servers.log, MONGODB_URL: servers.documents });
  const engine = await startEngineProcess(join(folder, 'data'));
  const load = startLoadProcess();
  const customers = Number(argument('customers') ?? 1_000);
  const orders = Number(argument('orders') ?? 10) * customers;
  const job = { kind: 'push', connections: 8, eventsARequest: 100, firstCustomer: 0, customers, seconds: 86_400 } as const;
  try {
    await load.run(engine, { ...job, event: 'created', events: customers });
    await load.run(engine, { ...job, event: 'order_sealed', events: orders });
    await untilFolded(engine);
  } finally {
    load.end();
    await engine.stop('SIGTERM');
  }
}

function line(what: string, ...numbers: readonly number[]): void {
  console.log(what.padEnd(52) + numbers.map((number) => Math.round(number).toLocaleString('en').padStart(14)).join(''));
}

function heading(what: string, ...columns: readonly string[]): void {
  console.log(`\n${what.padEnd(52)}${columns.map((column) => column.padStart(14)).join('')}`);
}

async function report(log: EventStore, collections: AsyncIterable<CollectionRows>): Promise<void> {
  const { types, streams } = await sizesOfLog(log);
  heading('events', 'events', 'data, B', 'metadata, B', 'record, B');
  for (const { category, type, events, data, metadata, records } of types.toSorted((a, b) => b.records - a.records)) {
    line(`${category} ${type}`, events, data / events, metadata / events, records / events);
  }
  heading('streams', 'streams');
  for (const [category, count] of streams) line(category, count);
  heading('collections', 'documents', 'BSON, B', 'indexes', 'keys, B');
  for await (const collection of collections) {
    const { name, documents, bson, indexes, keys } = await sizesOfCollection(collection);
    if (documents > 0) line(name, documents, bson / documents, indexes, keys / documents);
  }
}

async function reportServers({ log, documents }: Pick<ServerUrls, 'log' | 'documents'>): Promise<void> {
  const store = await openEventStoreDbEventStore({ connectionString: log });
  try {
    await report(store, collectionsOnServer(documents));
  } finally {
    await store.close();
  }
}

async function reportFolder(folder: string): Promise<void> {
  const { store } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
  const documents = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite') });
  try {
    await report(store, collectionsInFolder(documents));
  } finally {
    await documents.close();
    await store.close();
  }
}

async function reportStandIns(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-storage-'));
  const servers = await startStandIns(folder);
  try {
    await fill(servers, folder);
    await reportServers(servers);
  } finally {
    servers.end();
    await rm(folder, { recursive: true, force: true });
  }
}

const { EVENTSTORE_URL: log, MONGODB_URL: documents } = process.env;
const folder = argument('folder');
if (folder !== undefined) await reportFolder(folder);
else if (log !== undefined && documents !== undefined) await reportServers({ log, documents });
else await reportStandIns();
