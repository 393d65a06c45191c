import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { enginePlaces, type EnginePlace } from '../support/engine-places.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const ada = {
  type: 'customer.created',
  message_id: 'crm-17',
  customer: { qontak_customer_id: '70012', identifiers: { email: 'Ada@Example.com', phone: '0812 3456 7345' } },
  properties: { first_name: 'Ada', city: 'Bandung', plan: 'gold' },
};
const order = (id: string, at = '2026-11-20T10:00:00Z') => ({
  type: 'order_created',
  message_id: `o-${id}`,
  customer: { identifiers: { email: 'ada@example.com' } },
  properties: { order_id: id, amount: '19.90', currency: 'USD', created_at: at },
});

describe.each(enginePlaces)('the engine on $stores', ({ take }) => {
  let place: EnginePlace;
  let open: EngineUnderTest;
  let ahead = 0;
  const push = (events: readonly unknown[], key?: string) =>
    open.call('POST', '/v1/events', { body: { events }, ...(key === undefined ? {} : { key }) });
  beforeAll(async () => {
    place = await take();
    open = await openEngineUnderTest({ env: place.env, clock: () => Date.now() + ahead });
  });
  afterAll(async () => {
    await open.close();
    await place.dispose();
  });

  it('shows a customer what its modules pushed, as soon as the read waits for the write', async () => {
    const { status, body } = await push([ada, order('1'), order('2', '2026-11-21T10:00:00Z')]);
    expect(status).toBe(200);
    const customer = await open.call('GET', `/v1/customers/70012?min_position=${String(body['position'])}`);
    expect(customer.body).toMatchObject({
      qontak_customer_id: '70012',
      attributes: { first_name: 'Ada', city: 'Bandung', plan: 'gold', email: 'Ada@Example.com' },
      events: {
        order_created: {
          count: 2,
          first_at: '2026-11-20T10:00:00.000Z',
          last_at: '2026-11-21T10:00:00.000Z',
          sums: { amount: [{ amount: '39.80', currency: 'USD' }] },
        },
      },
    });
    const found = await open.call('GET', '/v1/customers?email=ADA%40example.com');
    expect(found.body).toMatchObject({ data: [{ qontak_customer_id: '70012' }] });
    expect((await open.call('GET', '/v1/customers?phone=%2B6281234567345')).body).toMatchObject({
      data: [{ qontak_customer_id: '70012' }],
    });
  });

  it('pages the timeline newest first', async () => {
    const first = await open.call('GET', '/v1/customers/70012/timeline?limit=3');
    const { next_cursor: cursor } = first.body['page'] as { next_cursor: string };
    const second = await open.call('GET', `/v1/customers/70012/timeline?limit=3&cursor=${cursor}`);
    const types = [first, second].flatMap(({ body }) => (body['data'] as { type: string }[]).map(({ type }) => type));
    // The address alone is another set of identifiers than the address with the phone number.
    expect(types).toEqual(['order_created', 'customer.identified', 'order_created', 'customer.identified', 'customer.created']);
    expect(second.body).toMatchObject({ page: { next_cursor: null } });
  });

  it('masks personal values from a key without pii:read and keeps another workspace’s things unknown', async () => {
    const created = await open.call('POST', '/v1/keys', { body: { name: 'analyst', source: 'bi', role: 'analyst' } });
    expect(created.status).toBe(201);
    const key = String(created.body['key']);
    const customer = await open.call('GET', '/v1/customers/70012', { key });
    expect(customer.body).toMatchObject({ attributes: { first_name: 'A***', email: 'A***@Example.com', city: 'Bandung' } });
    expect(JSON.stringify(customer.body)).not.toContain('ada@');
    expect((await push([ada], key)).status).toBe(403);
    expect((await open.call('DELETE', `/v1/keys/${String(created.body['key_id'])}`)).status).toBe(200);
  });

  it('takes a key from its answer on and refuses it from its revocation on', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { body } = await open.call('POST', '/v1/keys', {
        body: { name: `key ${String(round)}`, source: 'bi', role: 'analyst' },
      });
      const key = String(body['key']);
      expect((await open.call('GET', '/v1/segments', { key })).status).toBe(200);
      expect((await open.call('DELETE', `/v1/keys/${String(body['key_id'])}`)).status).toBe(200);
      expect((await open.call('GET', '/v1/segments', { key })).status).toBe(401);
    }
  });

  it('takes NDJSON and gzip, and quarantines the bad line with its number', async () => {
    const lines = [JSON.stringify(order('3')), '{"type": broken', JSON.stringify(order('4'))].join('\n');
    const answer = await open.engine.api.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { authorization: `Bearer ${open.key}`, 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
      payload: gzipSync(lines),
    });
    expect(answer.json()).toMatchObject({
      receipts: [{ status: 'accepted' }, { status: 'quarantined', code: 'line_invalid', line: 2 }, { status: 'accepted' }],
    });
    const { position } = answer.json<{ position: string }>();
    const letters = await open.call('GET', `/v1/dead-letters?min_position=${position}`);
    expect(letters.body['data']).toMatchObject([{ code: 'line_invalid', reference: { line: 2 } }]);
  });

  it('keeps refused entries as dead letters that can be retried after a fix and dropped', async () => {
    const unknown = { ...order('5'), type: 'wishlist_shared', message_id: 'w-1', properties: { list: 'a' } };
    await open.call('PATCH', '/v1/workspace', { body: { unknown_types: 'quarantine' } });
    await open.engine.runner.waitFor('workspaces', await open.engine.stores.eventStore.head(), PATIENCE_MS);
    // The policy of a workspace is remembered for two seconds.
    ahead += 3_000;
    const refused = await push([unknown]);
    expect(refused.body).toMatchObject({ receipts: [{ status: 'quarantined', code: 'type_unknown' }] });
    const since = `min_position=${String(refused.body['position'])}`;
    for (const kind of ['message', 'webhook', 'projection']) {
      const path = `/v1/dead-letters/groups?kind=${kind}&${since}`;
      expect((await open.call('GET', path)).body).toMatchObject({ data: [], as_of: { lag_ms: expect.any(Number) } });
    }
    const groups = await open.call('GET', `/v1/dead-letters/groups?kind=ingest&${since}`);
    const letters = (groups.body['data'] as { group: string; count: number; example: { id: string; code: string } }[]).filter(
      ({ example }) => example.code === 'type_unknown',
    );
    expect(letters).toHaveLength(1);
    const id = letters[0]?.example.id ?? '';
    expect((await open.call('POST', `/v1/dead-letters/${id}/retry`)).body).toMatchObject({
      outcome: 'still_waiting',
      detail: 'type_unknown',
    });
    expect((await open.call('POST', `/v1/dead-letters/${id}/drop`, { body: { reason: 'not ours' } })).status).toBe(204);
    expect((await open.call('POST', `/v1/dead-letters/${id}/retry`)).status).toBe(404);
  });

  it('counts what came in from the log, the same after a rebuild, which verify confirms', async () => {
    const head = await open.engine.stores.eventStore.head();
    await open.engine.runner.waitFor('ingest-statistics', head, PATIENCE_MS);
    const before = (await open.call('GET', '/v1/ingest/statistics')).body['data'];
    const rebuild = await open.call('POST', '/v1/projections/ingest-statistics/rebuild?follow=true');
    expect(rebuild.text.trim().split('\n').at(-1)).toContain('"ended":true');
    expect((await open.call('GET', '/v1/ingest/statistics')).body['data']).toEqual(before);
    const verify = await open.call('POST', '/v1/projections/profiles/verify');
    expect(verify.body).toMatchObject({ equal: true, differing: [] });
  });

  it('takes no event for live that names an import', async () => {
    const before = await open.engine.stores.eventStore.head();
    const answer = await open.call('POST', '/v1/events?import=any', { body: { events: [order('20')] } });
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'invalid_input', errors: [{ pointer: '/mode' }] }]);
    expect(await open.engine.stores.eventStore.head()).toBe(before);
  });

  it('imports history between a start and a finish, and refuses it afterwards', async () => {
    const started = await open.call('POST', '/v1/imports', { body: { label: 'crm', shift_days: 3 } });
    const id = String(started.body['import_id']);
    const url = `/v1/events?mode=backfill&import=${id}`;
    const taken = await open.call('POST', url, { body: { events: [order('history-1', '2020-01-01T00:00:00Z')] } });
    expect(taken.status).toBe(200);
    const finished = await open.call('POST', `/v1/imports/${id}/finish`);
    expect(finished.body).toMatchObject({ counts: { received: 1, accepted: 1, duplicate: 0, quarantined: 0 } });
    expect((await open.call('POST', url, { body: { events: [order('history-2')] } })).body).toMatchObject({
      code: 'import_finished',
    });
    const list = await open.call('GET', `/v1/imports?label=crm&min_position=${String(finished.body['position'])}`);
    expect(list.body).toMatchObject({ data: [{ import_id: id, state: 'finished', shift_days: 3, counts: { accepted: 1 } }] });
  });

  it('never logs what a body or a query holds', () => {
    expect(open.logged.join('\n')).not.toMatch(/ada@|bandung|81234567345|"ada"/i);
  });
});
