import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { JsonObject } from '../contracts/json.js';
import type { DocumentStore, DocumentWrite, FindOptions } from '../stores/document-store/document-store.port.js';
import type { Filter } from '../stores/document-store/filter.js';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';

const { values } = parseArgs({
  options: { documents: { type: 'string', default: '100000' }, bulk: { type: 'string', default: '1000' } },
});
const DOCUMENTS = Number(values.documents);
const BULK = Number(values.bulk);
const COLLECTION = 'profiles@v1';

/** A profile of the size that facts are given for: about 1.2 KB of JSON. */
function profile(number: number, revision: number): JsonObject {
  const days = Array.from({ length: 7 }, (_, day) => {
    const at = `2026-11-${String(10 + day)}`;
    return [
      at,
      { count: day + 1, last: `${at}T12:00:00.000Z`, sums: { 'amount_minor.USD': 1000 + ((number + revision) % 977) + day } },
    ] as const;
  });
  return {
    customer_id: `c${String(number)}`,
    revision: String(revision),
    first_seen_at: '2026-01-01T00:00:00.000Z',
    last_seen_at: `2026-11-${String(10 + (number % 20))}T00:00:00.000Z`,
    city: `city${String(number % 50)}`,
    attributes: { plan: ['free', 'pro', 'max'][number % 3] ?? 'free', score: number / 7, language: 'id' },
    hashes: { email: `h${String(number)}`.padEnd(64, 'e') },
    events: {
      order_created: {
        total: 28,
        first: '2026-01-01T00:00:00.000Z',
        last: '2026-11-16T12:00:00.000Z',
        sums: { 'amount_minor.USD': 1e5 },
        days: Object.fromEntries(days),
      },
    },
    segments: { vip: { entered_at: '2026-11-01T00:00:00.000Z', revision: '7' } },
    consent: { email: { marketing: { state: 'granted', at: '2026-11-01T00:00:00.000Z' } } },
  };
}

/** Scattered over the ids, so that neighbours in time are not neighbours in the index. */
function idOf(number: number): string {
  return `w1/${((number * 2654435761) % 4294967296).toString(16).padStart(8, '0')}-${String(number)}`;
}

/** Time on a processor so far, in ms: of this thread and of the whole process. Wall time alone says little on a machine that others use too. */
function processorTime(): { readonly main: number; readonly all: number } {
  const { user, system } = process.cpuUsage();
  const main = Number(readFileSync(`/proc/self/task/${String(process.pid)}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  return { main, all: (user + system) / 1e3 };
}

async function measure(name: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const before = processorTime();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const after = processorTime();
  const main = after.main - before.main;
  const columns =
    count === 1
      ? [`${(after.all - before.all).toFixed(1)} ms of processor`]
      : [
          `${Math.round((count / ms) * 1000).toLocaleString('en')}/s`.padStart(11),
          `processor, µs each: ${((main / count) * 1000).toFixed(1).padStart(5)} main thread,`,
          `${(((after.all - before.all - main) / count) * 1000).toFixed(1).padStart(5)} worker and the rest`,
        ];
  console.log(`${name.padEnd(56)} ${ms.toFixed(1).padStart(8)} ms  ${columns.join(' ')}`);
}

async function bulks(store: DocumentStore, write: (number: number) => DocumentWrite): Promise<void> {
  // Two under way, as a processor has them: one is written while the next is encoded.
  let before: Promise<unknown> = Promise.resolve();
  for (let start = 0; start < DOCUMENTS; start += BULK) {
    const writes = Array.from({ length: Math.min(BULK, DOCUMENTS - start) }, (_, index) => write(start + index));
    const now = store.put(COLLECTION, writes).then((outcomes) => {
      if (outcomes.includes('conflict')) throw new Error('a write lost although nobody else writes');
    });
    await before;
    before = now;
  }
  await before;
}

async function walk(store: DocumentStore, options: Pick<FindOptions, 'filter' | 'limit'>): Promise<number> {
  let seen = 0;
  for (let afterId: string | undefined = ''; afterId !== undefined;) {
    const page = await store.find(COLLECTION, { ...options, afterId });
    seen += page.documents.length;
    afterId = page.documents.at(-1)?.id;
  }
  return seen;
}

const folder = await mkdtemp(join(tmpdir(), 'cebe-bench-'));
const file = join(folder, 'documents.sqlite');
const store = await openEmbeddedDocumentStore({ file });
const size = JSON.stringify(profile(12_345, 1)).length;
console.log(
  `${DOCUMENTS.toLocaleString('en')} documents of ${String(size)} bytes, bulks of ${String(BULK)}, Node ${process.version}\n`,
);

const scattered = (number: number): number => (number * 7_919) % DOCUMENTS;
/** Made before, so that making them is not measured. */
const bodies = Array.from({ length: 5_000 }, (_, number) => profile(number, 1));
const write = (number: number, at: number): DocumentWrite => ({
  id: idOf(number),
  expected: at === 1 ? 'none' : BigInt(at - 1),
  position: BigInt(at),
  body: bodies[number % bodies.length] ?? {},
});
const city = { kind: 'eq', path: ['city'], value: 'city7' } as const satisfies Filter;
const plan = { kind: 'eq', path: ['attributes', 'plan'], value: 'pro' } as const satisfies Filter;
const recent = { kind: 'range', path: ['last_seen_at'], gte: '2026-11-27' } as const satisfies Filter;
const half = { kind: 'range', path: ['last_seen_at'], gte: '2026-11-20' } as const satisfies Filter;

await store.ensureCollection(COLLECTION, []);
await measure('insert in bulk, no index', DOCUMENTS, () => bulks(store, (number) => write(number, 1)));
await measure('update in bulk (compare-and-set, scattered), no index', DOCUMENTS, () =>
  bulks(store, (number) => write(scattered(number), 2)),
);
await measure('count by city, no index', 1, () => store.count(COLLECTION, { filter: city }));
await measure('build two indexes', 1, () =>
  store.ensureCollection(COLLECTION, [
    { name: 'city', paths: [['city']] },
    { name: 'seen', paths: [['last_seen_at']] },
  ]),
);
await measure('update in bulk (compare-and-set, scattered), two indexes', DOCUMENTS, () =>
  bulks(store, (number) => write(scattered(number), 3)),
);

await measure('get, one at a time', 20_000, async () => {
  for (let number = 0; number < 20_000; number += 1) await store.get(COLLECTION, idOf(scattered(number)));
});
await measure('get, 64 at a time', 64_000, async () => {
  for (let round = 0; round < 1_000; round += 1)
    await Promise.all(Array.from({ length: 64 }, (_, index) => store.get(COLLECTION, idOf(scattered(round * 64 + index)))));
});
await measure('getMany of 1,000', 100_000, async () => {
  for (let round = 0; round < 100; round += 1)
    await store.getMany(
      COLLECTION,
      Array.from({ length: 1_000 }, (_, index) => idOf(scattered(round * 1_000 + index))),
    );
});
await measure('walk in id order, pages of 1,000', DOCUMENTS, () => walk(store, { limit: 1_000 }));
await measure('walk of one city in id order (index), pages of 1,000', DOCUMENTS / 50, () =>
  walk(store, { limit: 1_000, filter: city }),
);
await measure('walk of an unindexed third, pages of 1,000', DOCUMENTS / 3, () => walk(store, { limit: 1_000, filter: plan }));
await measure('walk of a range that holds for half (index), pages of 1,000', DOCUMENTS / 2, () =>
  walk(store, { limit: 1_000, filter: half }),
);
await measure('count all', 1, () => store.count(COLLECTION, { idPrefix: 'w1/' }));
await measure('count by city, index', 1, () => store.count(COLLECTION, { filter: city }));
await measure('count by time range (a fifth of all), index', 1, () => store.count(COLLECTION, { filter: recent }));
await measure('count by plan, no index', 1, () => store.count(COLLECTION, { filter: plan }));
await measure('count by city and plan', 1, () => store.count(COLLECTION, { filter: { kind: 'and', filters: [city, plan] } }));
await measure('countBy city, index', 1, () => store.countBy(COLLECTION, ['city'], {}));
await measure('countBy plan, no index', 1, () => store.countBy(COLLECTION, ['attributes', 'plan'], {}));
await measure('100 newest by last_seen_at, index', 1, () =>
  store.find(COLLECTION, { sort: { path: ['last_seen_at'], direction: 'desc' }, limit: 100 }),
);
console.log(
  `\nfile ${String(Math.round((await stat(file)).size / 1e6))} MB, resident memory of both threads ${String(Math.round(process.memoryUsage().rss / 1e6))} MB`,
);
await measure('drop the collection', 1, () => store.dropCollection(COLLECTION));
await store.close();
await rm(folder, { recursive: true });
