import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';

let app: EngineUnderTest;
let position = '';
let sent = 0;

beforeAll(async () => {
  app = await openEngineUnderTest();
});

afterAll(() => app.close());

async function push(id: string, type: string, body: Record<string, unknown> = {}): Promise<void> {
  const event = { message_id: `m-${String((sent += 1))}`, type, customer: { qontak_customer_id: id }, properties: body };
  const answer = await app.call('POST', '/v1/events', { body: { events: [event] } });
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"accepted"')]);
  position = String(answer.body['position']);
}

async function show(id: string): Promise<Record<string, unknown>> {
  const { body } = await app.call('GET', `/v1/customers/${id}?min_position=${position}&wait_ms=5000`);
  const { as_of: _asOf, ...rest } = body;
  return rest;
}

async function act(action: 'merge' | 'unmerge', id: string, other: string): Promise<void> {
  const answer = await app.call('POST', `/v1/customers/${id}/${action}`, { body: { with: other, reason: 'told so' } });
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"dry_run":false')]);
  position = String(answer.body['position']);
}

describe('customers merged by hand', () => {
  it('are shown as one under each of their ids, listed once, with one timeline, and are as before when parted', async () => {
    await push('m-1', 'customer.created', { first_name: 'Ada', email: 'ada@one.example', city: 'Bandung' });
    await push('m-2', 'customer.created', { email: 'ada@two.example', plan: 'gold' });
    await push('m-2', 'order_created', {
      order_id: 'o1',
      amount: '10.00',
      currency: 'USD',
      quantity: 1,
      created_at: '2026-11-20T09:00:00Z',
    });
    await push('m-3', 'consent.withdrawn', { channel: 'email', purpose: 'marketing' });
    const before = [await show('m-1'), await show('m-2'), await show('m-3')];

    await act('merge', 'm-2', 'm-1');
    await act('merge', 'm-3', 'm-2');
    const one = await show('m-1');
    expect(one).toMatchObject({
      qontak_customer_id: 'm-1',
      merged_ids: ['m-2', 'm-3'],
      attributes: { first_name: 'Ada', city: 'Bandung', plan: 'gold', email: 'ada@two.example' },
      events: { order_created: { count: 1 }, 'customer.created': { count: 2 } },
      consent: { email: { marketing: { state: 'withdrawn' } } },
    });
    expect(await show('m-2')).toEqual(one);
    expect(await show('m-3')).toEqual(one);
    const listed = await app.call('GET', '/v1/customers?limit=100');
    const ids = (listed.body['data'] as { qontak_customer_id: string }[]).map((row) => row.qontak_customer_id);
    expect(ids.filter((id) => id.startsWith('m-'))).toEqual(['m-1']);
    const found = await app.call('GET', '/v1/customers?email=ada%40one.example');
    expect(found.body['data']).toMatchObject([{ qontak_customer_id: 'm-1' }]);

    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await app.call('GET', `/v1/customers/m-3/timeline?limit=2${cursor}`);
      const data = page.body['data'] as { event_id: string; qontak_customer_id: string; type: string }[];
      seen.push(...data.map((row) => `${row.qontak_customer_id} ${row.type}`));
      const next = (page.body['page'] as { next_cursor: string | null }).next_cursor;
      if (seen.length === 2) await push('m-1', 'note_added', { note: 'x1' });
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    expect(seen).toEqual([
      'm-2 customer.merged',
      'm-1 customer.merged',
      'm-3 consent.withdrawn',
      'm-2 order_created',
      'm-2 customer.identified',
      'm-2 customer.created',
      'm-1 customer.identified',
      'm-1 customer.created',
    ]);

    await act('unmerge', 'm-2', 'm-1');
    await act('unmerge', 'm-3', 'm-2');
    expect(await show('m-2')).toEqual(before[1]);
    expect(await show('m-3')).toEqual(before[2]);
    expect((await show('m-1'))['merged_ids']).toEqual([]);
  });

  it('say what a merge would change, without merging', async () => {
    await push('d-1', 'customer.created', { city: 'Bandung' });
    await push('d-2', 'consent.withdrawn', { channel: 'email', purpose: 'marketing' });
    const answer = await app.call('POST', '/v1/customers/d-1/merge', { body: { with: 'd-2', reason: 'same', dry_run: true } });
    expect(answer.body).toMatchObject({
      dry_run: true,
      changes: [
        { from: ['d-1'], to: ['d-1', 'd-2'], fields: [], consent: [{ channel: 'email', purpose: 'marketing', to: 'withdrawn' }] },
        { from: ['d-2'], to: ['d-1', 'd-2'], fields: ['city'], events: [{ type: 'customer.created', from: 0, to: 1 }] },
      ],
    });
    expect(await show('d-1')).toMatchObject({ merged_ids: [] });
  });

  it('are erased together', async () => {
    await push('e-1', 'customer.created', { email: 'eva@one.example' });
    await push('e-2', 'customer.created', { email: 'eva@two.example' });
    await act('merge', 'e-1', 'e-2');
    await show('e-1');
    const erased = await app.call('POST', '/v1/customers/e-2/erase', { body: { reason: 'asked for it' } });
    expect(erased.status).toBe(200);
    for (const id of ['e-1', 'e-2']) expect((await app.call('GET', `/v1/customers/${id}`)).status).toBe(404);
  });

  it.each([
    ['merge', 'd-1', { with: 'd-1', reason: 'x' }, 400, 'invalid_input'],
    ['merge', 'd-1', { with: 'nobody', reason: 'x' }, 404, 'not_found'],
    ['merge', 'nobody', { with: 'd-1', reason: 'x' }, 404, 'not_found'],
    ['merge', 'd-1', { with: 'd-2' }, 400, 'invalid_input'],
    ['merge', 'd-1', { with: 'd-2', reason: 'x', more: 1 }, 400, 'invalid_input'],
    ['unmerge', 'd-1', { with: 'd-2', reason: 'x' }, 409, 'not_merged'],
  ])('refuses %s of %s with %j', async (action, id, body, status, code) => {
    const answer = await app.call('POST', `/v1/customers/${id}/${action}`, { body });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });
});
