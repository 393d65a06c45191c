import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { profilesEntry, segmentsEntry } from '../app/segments.js';
import { createSegmentCommands } from '../commands/segments/segments.commands.js';
import type { NewEvent } from '../contracts/events/event.js';
import { engineId } from '../domain/ids.js';
import { createMembers } from '../projections/members/members.queries.js';
import { createSegmentQueries } from '../projections/segments/segments.queries.js';
import { createDecoder } from '../runtime/decode.js';
import { silentLogger } from '../runtime/logger.js';
import { createRunner } from '../runtime/runner.js';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import { openEmbeddedVault } from '../stores/vault/embedded/embedded-vault.js';
import { createRandomBytes } from '../stores/vault/random-bytes.js';
import { sealBody } from '../stores/vault/sealing.js';
import { customerSubject } from '../stores/vault/subjects.js';
import { cpuBetween, cpuOf } from './engine/engine-process.js';

/**
 * How long it takes from saving a segment to `state: live`: `node dist/bench/segments.bench.js [customers] [folder] [rule]` (default 100,000). A folder
 * that is given is kept, and used as it is when it holds data; with a rule, only those whose name begins with it are saved. Each customer has sealed names, address, city and plan, and three orders;
 * profiles with their reactor and segments are running; nothing else happens meanwhile. Preload `dist/bench/name-threads.js` (`node --import`)
 * for the processor time of each thread.
 */
const CUSTOMERS = Number(process.argv[2] ?? 100_000);
const KEPT = process.argv[3];
const RULE = process.argv[4] ?? '';
const ORDERS = 3;
const DAY = 86_400_000;
const STREAMS_AT_ONCE = 1_000;

const order = { type: 'behavior', event: 'order_created', op: 'did_event' };
const rules = {
  'gold, and an order within 30 days': {
    op: 'AND',
    rules: [
      { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' },
      { ...order, within_days: 30 },
    ],
  },
  'two orders within 90 days': { ...order, within_days: 90, count_gte: 2 },
  'an order within 180 days': { ...order, within_days: 180 },
  'plan is gold or silver': { type: 'attribute', field: 'plan', op: 'in', value: ['gold', 'silver'] },
  everyone: { type: 'attribute', field: 'plan', op: 'neq', value: 'none' },
};

const folder = KEPT ?? (await mkdtemp(join(tmpdir(), 'cebe-bench-segments-')));
const isFilled = existsSync(join(folder, 'log.sqlite'));
const { store: eventStore } = await openEmbeddedEventStore({ file: join(folder, 'log.sqlite') });
const documentStore = await openEmbeddedDocumentStore({ file: join(folder, 'documents.sqlite') });
const vault = await openEmbeddedVault({
  file: join(folder, 'vault.sqlite'),
  vaultKey: { version: 1, key: new Uint8Array(32).fill(7) },
});
const randomBytes = createRandomBytes();
let drawn = 0;
/** Spread evenly, and the same in every run. */
const draw = (below: number): number => ((drawn += 1) * 7_919) % below;
const pick = (values: readonly string[]): string => values[draw(values.length)] ?? '';

const runner = createRunner({
  eventStore,
  documentStore,
  decode: createDecoder({ vault }).decode,
  clock: Date.now,
  logger: silentLogger,
  engineId,
  holder: 'bench',
  onLost: () => process.exit(1),
  projections: [profilesEntry({ eventStore, fallbackZone: 'Asia/Jakarta' }), segmentsEntry],
});
const source = (name: string) => ({ documents: documentStore, collection: () => runner.readModel(name).collection() });
const segments = createSegmentQueries(source('segments'));
const members = createMembers({ ...source('profiles'), waitFor: (position, ms) => runner.waitFor('profiles', position, ms) });
const commands = createSegmentCommands({ eventStore, hashes: () => Promise.resolve(() => null), newId: randomUUID });

function metadata(at: number): NewEvent['metadata'] {
  const [id, received_at] = [randomUUID(), new Date().toISOString()];
  return {
    workspace_id: 'w1',
    message_id: id,
    source: 'bench',
    schema_version: 1,
    occurred_at: new Date(at).toISOString(),
    received_at,
    correlation_id: id,
    causation_id: id,
    actor: 'key:bench',
  };
}

async function fill(): Promise<void> {
  for (let first = 0; first < CUSTOMERS; first += STREAMS_AT_ONCE) {
    const ids = Array.from({ length: Math.min(STREAMS_AT_ONCE, CUSTOMERS - first) }, (_, index) =>
      String(1_000_000 + first + index),
    );
    const keys = await vault.ensureKeys('w1', ids.map(customerSubject));
    await Promise.all(
      ids.map((id) => {
        const key = keys.get(customerSubject(id));
        if (key === undefined) throw new Error('Expected a key for each customer.');
        const created = randomUUID();
        const body = {
          plain: {},
          hashes: { email: id.padStart(32, 'a') },
          direct: { email: `${id}@example.com`, first_name: 'Ada', last_name: 'Lovelace' },
          quasi: { city: pick(['Bandung', 'Jakarta', 'Medan']), plan: pick(['basic', 'silver', 'gold']) },
        };
        const data = sealBody(body, { workspace: 'w1', subject: customerSubject(id), eventId: created, key, randomBytes });
        const now = Date.now();
        const orders = Array.from({ length: ORDERS }, (): NewEvent => {
          const at = now - draw(400) * DAY;
          const plain = { order_id: randomUUID(), amount_minor: 1_990, currency: 'USD', created_at: new Date(at).toISOString() };
          return { id: randomUUID(), type: 'order_created', data: { plain, hashes: {}, sealed: [] }, metadata: metadata(at) };
        });
        const events = [{ id: created, type: 'customer.created', data, metadata: metadata(now) }, ...orders];
        return eventStore.append(`customer-w1.${id}`, 'no_stream', events);
      }),
    );
  }
}

async function measure(name: string, rule: unknown): Promise<void> {
  const context = { workspace: 'w1', actor: 'bench', at: new Date().toISOString() };
  const cpu = cpuOf(process.pid);
  const from = performance.now();
  const { segment_id: id } = await commands.define({ name, rule }, context);
  let segment = await segments.get('w1', id);
  while (segment === null || segment.state === 'evaluating') {
    await new Promise((resolve) => setTimeout(resolve, 10));
    segment = await segments.get('w1', id);
  }
  const ms = performance.now() - from;
  const threads = Object.entries(cpuBetween(cpu, cpuOf(process.pid))).filter(([, seconds]) => seconds >= 0.1);
  const used = threads.map(([thread, seconds]) => `${thread} ${seconds.toFixed(1)}`).join(', ');
  const before = performance.now();
  const count = await members.count('w1', id);
  const counting = performance.now() - before;
  const figures = `${String(segment.member_count).padStart(8)} members ${(ms / 1_000).toFixed(1).padStart(6)} s`;
  const counted = `${counting.toFixed(0)} ms${count === segment.member_count ? '' : ` (${String(count)}!)`}`;
  console.log(`${name.padEnd(36)}${figures}   CPU s: ${used}; counting them again ${counted}`);
}

try {
  console.log(`${CUSTOMERS.toLocaleString('en')} customers, ${cpus().length.toString()} cores, Node ${process.version}`);
  await runner.start();
  const from = performance.now();
  if (!isFilled) await fill();
  await runner.waitFor('profiles', await eventStore.head(), 600_000);
  console.log(`filled and folded in ${((performance.now() - from) / 1000).toFixed(1)} s`);
  for (const [name, rule] of Object.entries(rules)) if (name.startsWith(RULE)) await measure(name, rule);
  console.log(`RSS ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
} finally {
  await runner.stop();
  await eventStore.close();
  await documentStore.close();
  await vault.close();
  if (KEPT === undefined) await rm(folder, { recursive: true, force: true });
}
