import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { localUrl, readEngineFile } from '../../app/engine-file.js';
import { allPages } from '../../cli/all-pages.js';
import { createHttpClient, type HttpClient } from '../../cli/http-client.js';
import { sampleFile } from '../../cli/import/sample-file.js';
import { endCebeProcesses, startCebe, type CebeProcess } from '../support/cebe-process.js';

let folder: string;
let dataDir: string;

async function clientOf(): Promise<HttpClient> {
  const file = await readEngineFile(dataDir);
  if (file === null) throw new Error('expected an engine on the data folder');
  return createHttpClient(localUrl(file), file.token);
}

function cebe(args: readonly string[], input?: string): CebeProcess {
  return startCebe(args, { dataDir, ...(input === undefined ? {} : { input }) });
}

async function newFolder(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'cebe-e2e-'));
  dataDir = join(folder, 'data');
}

afterEach(endCebeProcesses);

describe('the built command', () => {
  beforeEach(newFolder);
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('starts bare, serves the commands of other processes, and stops when it is asked to', async () => {
    const engine = cebe(['start', '--empty']);
    await engine.says("owner's key, shown only now: cebe_");
    const client = await clientOf();
    const { as_of: before } = await client.request(
      'GET',
      '/v1/customers',
      z.object({ as_of: z.object({ position: z.string() }) }),
    );

    const events = ['a', 'b'].map((id) => ({
      type: 'order_created',
      message_id: `m-${id}`,
      customer: { qontak_customer_id: 'c1' },
      properties: { order_id: id, amount: '1.50', currency: 'USD', created_at: '2026-11-20T10:00:00Z' },
    }));
    const sent = cebe(['send', '-'], events.map((one) => JSON.stringify(one)).join('\n'));
    expect(await sent.ended).toBe(0);
    expect(sent.stdout()).toBe('2 accepted, 0 duplicate, 0 quarantined\n');

    const tail = cebe(['tail', '--after', before.position, '--json']);
    await tail.says('"message_id":"m-b"');
    tail.kill('SIGINT');
    expect(await tail.ended).toBe(130);

    engine.kill('SIGTERM');
    expect(await engine.ended).toBe(0);
    expect(engine.stderr()).not.toContain('sample');
    expect(existsSync(join(dataDir, 'engine.json'))).toBe(false);
  });

  it('stops when it is asked to while a report of progress is read, and says so in it', async () => {
    const engine = cebe(['start', '--empty']);
    await engine.says('CEBE runs at');
    const client = await clientOf();
    const line = z.object({ state: z.string(), ended: z.boolean().optional() });
    const states: string[] = [];
    for await (const { state, ended } of client.lines('POST', '/v1/projections/profiles/rebuild', line, {
      query: { follow: 'true', switch: 'manual' },
    })) {
      states.push(state);
      // It waits for the switch, and would do so for ever.
      if (state === 'ready') engine.kill('SIGTERM');
      if (ended === true) break;
    }
    expect(states.at(-1)).toBe('interrupted');
    expect(await engine.ended).toBe(0);
    expect(existsSync(join(dataDir, 'engine.json'))).toBe(false);
  });

  it('runs a command on a folder without an engine, and tells the key that it made', async () => {
    const sent = cebe(['send', '-'], '');
    expect(await sent.ended).toBe(0);
    expect(sent.stderr()).toMatch(/no engine runs.*\n.*owner's key, shown only now: cebe_/s);
    const listed = cebe(['keys', 'list', '--json']);
    expect(await listed.ended).toBe(0);
    expect(JSON.parse(listed.stdout())).toMatchObject({ name: 'owner', role: 'owner' });
    const again = cebe(['keys', 'list', '--json']);
    expect(await again.ended).toBe(0);
    expect(again.stdout()).toBe(listed.stdout());
    expect(again.stderr()).not.toContain('shown only now');
  });
});

describe('the first start on an empty folder', () => {
  let engine: CebeProcess;
  beforeAll(newFolder);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('loads the sample whole, also when it was killed in the middle, and says what to do next', async () => {
    const first = cebe(['start']);
    await first.says('cdnow sample: ');
    first.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(first.stdout()).toContain("owner's key, shown only now: cebe_");
    expect(first.stdout()).not.toContain('curl');

    engine = cebe(['start']);
    await engine.says('npm run demo');
    expect(engine.stdout()).toContain('/v1/events');
    expect(engine.stderr()).toContain('going on behind line');

    const client = await clientOf();
    // Where the log stands: what is read next includes it.
    const stands = z.looseObject({ position: z.string() });
    const { position } = await client.request('POST', '/v1/events', stands, { body: { events: [] } });
    const query = { min_position: position, wait_ms: 30_000 };
    const statistics = z.object({ data: z.array(z.looseObject({ type: z.string(), total: z.int() })) });
    const { data } = await client.request('GET', '/v1/ingest/statistics', statistics, { query });
    expect(data).toMatchObject([{ type: 'order_created', total: 69_659 }]);

    const money = z.array(z.object({ amount: z.string(), currency: z.literal('USD') }));
    const orders = z.object({ count: z.int(), sums: z.object({ quantity: z.int(), amount: money }) });
    const customer = z.looseObject({ events: z.object({ order_created: orders }) });
    const total = { customers: 0, orders: 0, discs: 0, cents: 0 };
    for await (const { events } of allPages(client, '/v1/customers', { item: customer, query })) {
      const { count, sums } = events.order_created;
      total.customers += 1;
      total.orders += count;
      total.discs += sums.quantity;
      total.cents += sums.amount.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0);
    }
    expect(total).toEqual({ customers: 23_570, orders: 69_659, discs: 167_881, cents: 250_031_563 });
  }, 600_000);

  it('changes nothing when purchases are imported again, and verifies equal', async () => {
    engine = cebe(['start']);
    await engine.says('CEBE runs at');
    const part = join(folder, 'part.txt');
    writeFileSync(part, readFileSync(sampleFile(), 'utf8').split('\n').slice(0, 2_001).join('\n'));
    const again = cebe(['import', 'cdnow', part, '--json']);
    expect(await again.ended).toBe(0);
    expect(JSON.parse(again.stdout())).toMatchObject({ accepted: 0, duplicate: 2_000, quarantined: 0 });
    const verified = cebe(['projection', 'verify', 'profiles', '--json']);
    expect(await verified.ended).toBe(0);
    expect(JSON.parse(verified.stdout())).toMatchObject({ equal: true, documents: 23_570 });
    engine.kill('SIGINT');
    expect(await engine.ended).toBe(0);
    expect(engine.stderr()).not.toContain('sample');
    expect(engine.stdout()).toContain('npx cebe keys create --name me --role owner');
  });
});
