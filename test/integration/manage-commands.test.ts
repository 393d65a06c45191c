import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createHttpClient } from '../../cli/http-client.js';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';

const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const lines = (text: string): readonly Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(parse);
const ada = {
  type: 'customer.created',
  message_id: 'crm-17',
  customer: { qontak_customer_id: '70012', identifiers: { email: 'ada@example.com' } },
  properties: { first_name: 'Adalina', city: 'Bandung' },
};
const order = (id: string, amount: string) => ({
  type: 'order_created',
  message_id: id,
  customer: { qontak_customer_id: '70012' },
  properties: { order_id: id, amount, currency: 'USD', created_at: '2026-11-20T10:00:00Z' },
});

describe('commands that manage', () => {
  let on: EngineOnHttp;
  const push = async (events: readonly unknown[]): Promise<string> => {
    const { body } = await on.open.call('POST', '/v1/events', { body: { events } });
    const position = body['position'] as string;
    for (const path of ['/v1/customers', '/v1/keys', '/v1/dead-letters'])
      expect(await on.open.call('GET', `${path}?min_position=${position}`)).toMatchObject({ status: 200 });
    return position;
  };
  beforeAll(async () => {
    on = await openEngineOnHttp();
    await push([ada, order('o-1', '19.90'), order('o-2', '5.00')]);
  });
  afterAll(() => on.close());

  it('makes a key that sends events and nothing else, lists it, and revokes it only when that is confirmed', async () => {
    const made = await on.cebe('keys', 'create', '--name', 'Web Shop');
    const key = made.stdout.trim();
    expect(key).toMatch(/^cebe_[\w-]{43}$/);
    expect((await on.open.call('POST', '/v1/events', { body: { events: [order('o-3', '1.00')] }, key })).status).toBe(200);
    expect((await on.open.call('GET', '/v1/customers', { key })).status).toBe(403);
    const listed = lines((await on.cebe('keys', 'list', '--json')).stdout).find(({ name }) => name === 'Web Shop');
    expect(listed).toMatchObject({ source: 'web-shop', role: 'module', scopes: ['ingest:write'] });
    expect(JSON.stringify(listed)).not.toContain(key);
    const id = String(listed?.['key_id']);
    expect(await on.cebe('keys', 'revoke', id)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    expect(await on.cebe('keys', 'revoke', id, '--yes')).toMatchObject({ exitCode: 0 });
    expect(await on.cebe('keys', 'create', '--name', 'x', '--role', 'king')).toMatchObject({ exitCode: 2 });
  });

  it('shows a customer by id and by address, and what happened to them', async () => {
    const shown = await on.cebe('customer', 'show', '70012');
    expect(shown.stdout).toMatch(/^customer 70012\nidentifiers\n {2}email: ada@example.com\n/);
    const found = await on.cebe('customer', 'show', '--email', 'ADA@example.com', '--json');
    expect(parse(found.stdout)).toMatchObject({ qontak_customer_id: '70012', attributes: { city: 'Bandung' } });
    expect(await on.cebe('customer', 'show', '--email', 'no@example.com')).toMatchObject({ exitCode: 3 });
    expect(await on.cebe('customer', 'show')).toMatchObject({ exitCode: 2 });
    expect(await on.cebe('customer', 'show', 'nobody')).toMatchObject({ exitCode: 1 });
    const timeline = lines((await on.cebe('customer', 'timeline', '70012', '--limit', '2', '--json')).stdout);
    expect(timeline).toHaveLength(2);
  });

  it('rebuilds, verifies and lists projections', async () => {
    const names = lines((await on.cebe('projection', 'list', '--json')).stdout).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['profiles', 'imports']));
    expect(parse((await on.cebe('projection', 'verify', 'profiles', '--json')).stdout)).toMatchObject({ equal: true });
    const rebuilt = await on.cebe('projection', 'rebuild', 'profiles');
    expect(rebuilt).toMatchObject({ exitCode: 0, stdout: 'profiles: switched\n' });
    const manual = await on.cebe('projection', 'rebuild', 'imports', '--manual');
    expect(manual).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('cebe projection switch imports') });
    expect(await on.cebe('projection', 'switch', 'imports')).toMatchObject({ exitCode: 0 });
    expect(await on.cebe('projection', 'verify', 'nothing')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('ends with 3 when a verification finds a difference', async () => {
    const { documentStore } = on.open.engine.stores;
    const collection = on.open.engine.runner.readModel('profiles').collection();
    const stored = await documentStore.get(collection, 'main/70012');
    if (stored?.body === undefined || stored.body === null) throw new Error('expected the profile of 70012');
    const body = { ...stored.body, last_seen_at: '2020-01-01T00:00:00.000Z' };
    await documentStore.put(collection, [{ id: 'main/70012', expected: stored.position, position: stored.position + 1n, body }]);
    const run = await on.cebe('projection', 'verify', 'profiles');
    expect(run).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('NOT equal') });
    expect(run.stdout).toContain('main/70012');
  });

  it('lists, shows, retries and drops what waits for a person', async () => {
    await push([order('bad-1', '1.999'), order('bad-2', '2.999'), { ...order('bad-3', '1.00'), customer: {} }]);
    const listed = lines((await on.cebe('deadletter', 'list', '--json')).stdout);
    expect(listed).toHaveLength(3);
    const groups = lines((await on.cebe('deadletter', 'list', '--groups', '--json')).stdout);
    expect(groups.map(({ count }) => count)).toEqual([2, 1]);
    const group = groups[0]?.['group'] as string;
    const id = (groups[0]?.['example'] as { readonly id: string }).id;
    expect((await on.cebe('deadletter', 'show', id)).stdout).toContain('amount_too_precise');
    expect(await on.cebe('deadletter', 'retry', id)).toMatchObject({ exitCode: 3, stdout: '0 resolved, 1 still waiting\n' });
    expect(await on.cebe('deadletter', 'retry', '--group', group)).toMatchObject({
      exitCode: 3,
      stdout: '0 resolved, 2 still waiting\n',
    });
    const nothing = await on.cebe('deadletter', 'retry', '--group', 'unknown');
    expect(nothing).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing of kind ingest waits in the group unknown'),
    });
    expect(await on.cebe('deadletter', 'drop', '--group', group)).toMatchObject({ exitCode: 2 });
    expect(await on.cebe('deadletter', 'drop', '--group', group, '--yes', '--reason', 'test')).toMatchObject({
      stdout: '2 dropped\n',
    });
    expect(await on.cebe('deadletter', 'show', id)).toMatchObject({ exitCode: 1 });
    expect(await on.cebe('deadletter', 'retry')).toMatchObject({ exitCode: 1 });
    expect(await on.cebe('deadletter', 'show', 'ingest:none')).toMatchObject({ exitCode: 1 });
  });

  it('shows a stream as it is stored, with the names of sealed fields only, and none of another workspace', async () => {
    const shown = await on.cebe('stream', 'show', 'customer-main.70012', '--json');
    const [created] = lines(shown.stdout);
    expect(created).toMatchObject({
      type: 'customer.created',
      revision: '0',
      plain: {},
      sealed_fields: { direct: expect.arrayContaining(['first_name', 'email']), quasi: ['city'] },
    });
    expect(shown.stdout).not.toMatch(/adalina|ada@example|bandung/i);
    expect(
      lines((await on.cebe('stream', 'show', 'customer-main.70012', '--from', '1', '--limit', '1', '--json')).stdout),
    ).toMatchObject([{ revision: '1' }]);
    for (const name of ['customer-other.70012', 'nonsense', 'customer-main.nobody']) {
      expect(await on.cebe('stream', 'show', name)).toMatchObject({ exitCode: 1, stdout: '' });
    }
  });

  it('follows new events with personal values masked', async () => {
    const { body } = await on.open.call('GET', '/v1/customers/70012');
    const { position } = body['as_of'] as { readonly position: string };
    await push([{ ...ada, message_id: 'crm-18', properties: { first_name: 'Adalina', city: 'Medan' } }]);
    const tail = await on.cebe('tail', '--after', position, '--category', 'customer', '--limit', '1', '--json');
    expect(lines(tail.stdout)).toMatchObject([
      {
        type: 'customer.created',
        stream: 'customer-main.70012',
        properties: { first_name: 'A***', city: 'Medan', email: 'a***@example.com' },
      },
    ]);
    expect(tail.stdout).not.toMatch(/adalina|ada@example/i);
    expect(await on.cebe('tail', '--after', 'nonsense')).toMatchObject({ exitCode: 1 });
  });

  it('shows only events that the scopes of the key allow', async () => {
    const { body } = await on.open.call('POST', '/v1/keys', {
      body: { name: 'reader', source: 'reader', scopes: ['customers:read'] },
    });
    await on.open.call('GET', `/v1/keys?min_position=${String(body['position'])}`);
    const key = String(body['key']);
    const denied = await on.open.call('GET', '/v1/events/tail?category=access', { key });
    expect(denied.status).toBe(403);
    expect((await on.open.call('GET', '/v1/streams/access-main.workspace', { key })).status).toBe(404);
    expect((await on.open.call('GET', '/v1/streams/access-main.workspace')).status).toBe(200);
  });
});

describe('an engine that is closed', () => {
  it('ends the tails that are open, instead of waiting for them', async () => {
    const on = await openEngineOnHttp();
    const client = createHttpClient(on.client.url, on.open.key);
    const tail = client.lines('GET', '/v1/events/tail', z.looseObject({}))[Symbol.asyncIterator]();
    expect((await tail.next()).value).toEqual({ heartbeat: true });
    const ended = tail.next();
    await on.close();
    expect((await ended).done).toBe(true);
  });
});
