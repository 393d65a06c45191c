import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';

let open: EngineUnderTest;

beforeEach(async () => {
  open = await openEngineUnderTest();
});

afterEach(() => open.close());

/** Runs SQL in a file that the engine has open. */
function inFile(name: string, sql: string): void {
  const database = new DatabaseSync(join(open.dataDir, name), { timeout: 60_000 });
  database.exec(sql);
  database.close();
}

const push = (customer: string) =>
  open.call('POST', '/v1/events', {
    body: {
      events: [
        {
          type: 'customer.created',
          message_id: customer,
          customer: { qontak_customer_id: customer },
          properties: { first_name: 'Ada', city: 'Bandung' },
        },
      ],
    },
  });

async function readiness(): Promise<{ status: number; detail: string }> {
  const { status, body } = await open.call('GET', '/readyz');
  const checks = body['checks'] as { name: string; ok: boolean; detail?: string }[];
  return { status, detail: checks.find(({ ok }) => !ok)?.detail ?? '' };
}

/** What readiness says when it says that something fails; whoever asks late asks a store that has just been opened anew, and has to fail again. */
async function unready(failAgain: () => Promise<unknown>): Promise<{ status: number; detail: string }> {
  for (;;) {
    const found = await readiness();
    if (found.status !== 200) return found;
    await failAgain();
  }
}

/** Waits until the store says that it works again; the engine tries by itself. */
function recovery(store: string): Promise<void> {
  const watch = open.engine.stores.watches.find((candidate) => candidate.store === store);
  return new Promise((resolve) => {
    if (watch?.failure === null) resolve();
    watch?.listen((failure) => {
      if (failure === null) resolve();
    });
  });
}

const stores = [
  { store: 'log', file: 'log.sqlite', table: 'events' },
  { store: 'vault', file: 'vault.sqlite', table: 'keys' },
];

describe.each(stores)('an engine whose $store cannot be written', ({ store, file, table }) => {
  it('is not ready, says since when, and works again by itself once that is possible', async () => {
    expect(await push('1')).toMatchObject({ status: 200 });
    inFile(file, `CREATE TRIGGER full BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'no room'); END`);
    expect((await push('2')).status).toBeGreaterThanOrEqual(429);
    const { status, detail } = await unready(() => push('2'));
    expect(status).toBe(503);
    expect(detail).toMatch(new RegExp(`^${store} fails since \\d{4}-\\d\\d-\\d\\dT`));

    const recovered = recovery(store);
    inFile(file, 'DROP TRIGGER full');
    await recovered;
    expect(await readiness()).toMatchObject({ status: 200 });
    const { status: accepted, body } = await push('2');
    expect(accepted).toBe(200);
    expect(body['receipts']).toMatchObject([{ status: 'accepted' }]);
    for (const customer of ['1', '2']) {
      const read = await open.call('GET', `/v1/customers/${customer}?min_position=${String(body['position'])}`);
      expect(read.body).toMatchObject({ attributes: { city: 'Bandung' } });
    }
    const events = open.logged.map((line) => JSON.parse(line) as { event: string; store?: string });
    const changes = events.filter(({ event }) => event.startsWith('store_'));
    expect(changes.slice(0, 2)).toMatchObject([{ event: 'store_failing' }, { event: 'store_recovered' }]);
    // One after the other, however often.
    for (const [index, change] of changes.entries()) expect(change).toMatchObject({ event: changes[index % 2]?.event, store });
    expect(changes.length % 2).toBe(0);
  });
});

describe('an engine whose documents cannot be written', () => {
  it('is not ready, and folds what came meanwhile once they can be', async () => {
    const documents = new DatabaseSync(join(open.dataDir, 'documents.sqlite'), { timeout: 60_000, returnArrays: true });
    const rows = documents.prepare("SELECT number FROM collections WHERE name GLOB 'profiles@*'").all();
    const [profiles] = rows as unknown as readonly (readonly number[])[];
    const table = `c${String(profiles?.[0])}`;
    documents.exec(`CREATE TRIGGER full BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'no room'); END`);
    const { body } = await push('1');
    // What is not stored is tried again and again.
    const found = await unready(() => new Promise(setImmediate));
    expect(found).toMatchObject({ status: 503, detail: expect.stringContaining('documents fails since') });

    documents.exec('DROP TRIGGER full');
    documents.close();
    const read = await open.call('GET', `/v1/customers/1?min_position=${String(body['position'])}`);
    expect(read.body).toMatchObject({ attributes: { city: 'Bandung' } });
  });
});
