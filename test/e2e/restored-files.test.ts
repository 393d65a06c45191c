import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../app/config.js';
import { openStores } from '../../app/open-stores.js';
import { startEngine, type RunningEngine } from '../../app/start-engine.js';
import { patiently } from '../support/patience.js';

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cebe-restored-'));
  dataDir = join(folder, 'data');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const config = () => readConfig({ CEBE_DATA_DIR: dataDir, CEBE_PORT: '0', CEBE_LOG_LEVEL: 'error' }, folder);
const copy = (from: string, to: string) => cp(join(folder, from), join(folder, to), { recursive: true });

async function running(use: (engine: RunningEngine) => Promise<void>): Promise<void> {
  const engine = await startEngine(config(), { sample: 'none' });
  try {
    await use(engine);
  } finally {
    await engine.stop();
  }
}

async function ask(engine: RunningEngine, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(engine.url + patiently(path), {
    headers: { authorization: `Bearer ${engine.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  // Every answer asked for here is an object.
  return (await response.json()) as Record<string, unknown>;
}

/** Stores a customer who lives in a city, and answers what the profile says once that is folded. */
async function cityOf(engine: RunningEngine, customer: string, city: string): Promise<unknown> {
  const { position } = await ask(engine, '/v1/events', {
    events: [
      {
        type: 'customer.created',
        message_id: `${customer}-${city}`,
        customer: { qontak_customer_id: customer },
        properties: { city },
      },
    ],
  });
  const profile = await ask(engine, `/v1/customers/${customer}?min_position=${String(position)}`);
  return (profile['attributes'] as { city?: unknown } | undefined)?.city;
}

/** Why the documents were dropped when the folder is opened. */
async function droppedBecause(): Promise<string | undefined> {
  const stores = await openStores(config());
  await stores.close();
  return stores.documentsDropped;
}

describe('documents that were folded from more than the log holds', () => {
  it('are folded anew, so that nothing that comes is taken for folded', async () => {
    await running(async (engine) => {
      expect(await cityOf(engine, '1', 'Bandung')).toBe('Bandung');
    });
    await copy('data', 'backup');
    await running(async (engine) => {
      expect(await cityOf(engine, '1', 'Medan')).toBe('Medan');
      expect(await cityOf(engine, '2', 'Malang')).toBe('Malang');
    });
    await copy('backup/log.sqlite', 'data/log.sqlite');
    await running(async (engine) => {
      // What this waits for is behind everything that is looked at next.
      expect(await cityOf(engine, '3', 'Jambi')).toBe('Jambi');
      expect((await ask(engine, '/v1/customers/1'))['attributes']).toMatchObject({ city: 'Bandung' });
      expect(await ask(engine, '/v1/customers/2')).toMatchObject({ status: 404 });
      expect(await cityOf(engine, '1', 'Solo')).toBe('Solo');
      expect(await cityOf(engine, '2', 'Bogor')).toBe('Bogor');
    });
    expect(await droppedBecause()).toBeUndefined();
  });
});

describe('documents that were folded from another log', () => {
  it('are folded anew', async () => {
    await running(async (engine) => {
      expect(await cityOf(engine, '1', 'Bandung')).toBe('Bandung');
    });
    await copy('data', 'other');
    await rm(dataDir, { recursive: true });
    await running(async (engine) => {
      for (const customer of ['2', '3', '4', '5']) expect(await cityOf(engine, customer, 'Medan')).toBe('Medan');
    });
    await copy('other/documents.sqlite', 'data/documents.sqlite');
    await running(async (engine) => {
      expect(await cityOf(engine, '2', 'Solo')).toBe('Solo');
      expect((await ask(engine, '/v1/customers/3'))['attributes']).toMatchObject({ city: 'Medan' });
      expect(await ask(engine, '/v1/customers/1')).toMatchObject({ status: 404 });
    });
  });

  it('say so once', async () => {
    await (await openStores(config())).close();
    const documents = new DatabaseSync(join(dataDir, 'documents.sqlite'));
    documents.exec("UPDATE followed_log SET log = 'another'");
    documents.close();
    expect(await droppedBecause()).toBe('of_another_log');
    expect(await droppedBecause()).toBeUndefined();
  });
});

describe('documents of the log beside them', () => {
  it('are kept, also those from before they knew their log', async () => {
    await running(async (engine) => {
      expect(await cityOf(engine, '1', 'Bandung')).toBe('Bandung');
    });
    const documents = new DatabaseSync(join(dataDir, 'documents.sqlite'));
    documents.exec('DROP TABLE followed_log');
    documents.close();
    expect(await droppedBecause()).toBeUndefined();
    await running(async (engine) => {
      expect((await ask(engine, '/v1/customers/1'))['attributes']).toMatchObject({ city: 'Bandung' });
    });
  });
});
