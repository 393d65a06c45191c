import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as rest } from 'node:timers/promises';
import { enginePlaces, type EnginePlace } from '../support/engine-places.js';
import { openEngineUnderTest, type Answer, type EngineUnderTest } from '../support/engine.js';

const gold = { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' };
const ordered = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 30 };
const goldAndOrdered = { op: 'AND', rules: [gold, ordered] };

/** From noon on, far from every midnight that is looked at. */
const begun = performance.now();
const clock = (): number => Math.floor(Date.UTC(2026, 10, 23, 12) + performance.now() - begun);

describe.each(enginePlaces)('segments over HTTP on $stores', ({ take }) => {
  let place: EnginePlace;
  let open: EngineUnderTest;
  beforeAll(async () => {
    place = await take();
    open = await openEngineUnderTest({ env: place.env, clock });
    const customers = ['100', '200', '300'].map((id) => ({
      type: 'customer.created',
      message_id: `crm-${id}`,
      customer: { qontak_customer_id: id, identifiers: { email: `${id}@example.com` } },
      properties: { first_name: 'Ada', plan: id === '300' ? 'basic' : 'gold' },
    }));
    const orders = ['100', '300'].map(order);
    const { status, body } = await open.call('POST', '/v1/events', { body: { events: [...customers, ...orders] } });
    expect(status).toBe(200);
    await open.call('GET', `/v1/customers/300?min_position=${String(body['position'])}`);
  });
  afterAll(async () => {
    await open.close();
    await place.dispose();
  });

  const order = (id: string) => ({
    type: 'order_created',
    message_id: `o-${id}`,
    customer: { qontak_customer_id: id },
    properties: { order_id: id, amount: '19.90', currency: 'USD', created_at: new Date(clock()).toISOString() },
  });

  async function define(rule: unknown): Promise<{ readonly id: string; readonly shown: Answer }> {
    const saved = await open.call('POST', '/v1/segments', { body: { name: 'Regulars', rule } });
    expect([saved.status, saved.body['revision'], saved.headers['etag']]).toEqual([201, 1, '"1"']);
    const id = String(saved.body['segment_id']);
    return { id, shown: await live(id, saved) };
  }

  /** The segment once it includes the write and everyone has been looked at. */
  async function live(id: string, written: Answer): Promise<Answer> {
    for (;;) {
      const answer = await open.call('GET', `/v1/segments/${id}?min_position=${String(written.body['position'])}`);
      if (answer.body['state'] !== 'evaluating') return answer;
      await rest(10);
    }
  }

  async function membersOf(id: string, query = ''): Promise<readonly unknown[]> {
    const { body } = await open.call('GET', `/v1/segments/${id}/members${query}`);
    return (body['data'] as readonly { readonly qontak_customer_id: string }[]).map((member) => member.qontak_customer_id);
  }

  it('previews a rule without saving it, with the count of each part', async () => {
    const { status, body } = await open.call('POST', '/v1/segments/preview', { body: { rule: goldAndOrdered } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      count: 1,
      exact: true,
      sample: [{ qontak_customer_id: '100' }],
      per_rule: [
        { pointer: '/rule', count: 1 },
        { pointer: '/rule/rules/0', count: 2 },
        { pointer: '/rule/rules/1', count: 2 },
      ],
    });
    expect((await open.call('GET', '/v1/segments')).body).toMatchObject({ data: [] });
  });

  it('saves, shows members, moves them, revises against a revision and archives', async () => {
    const { id, shown } = await define(goldAndOrdered);
    expect(shown.body).toMatchObject({
      state: 'live',
      member_count: 1,
      revision: 1,
      evaluated_at: expect.any(String),
    });
    expect(await membersOf(id)).toEqual(['100']);

    const pushed = await open.call('POST', '/v1/events', { body: { events: [order('200')] } });
    expect(await membersOf(id, `?min_position=${String(pushed.body['position'])}`)).toEqual(['100', '200']);
    expect((await open.call('GET', `/v1/customers/200`)).body).toMatchObject({ segments: [{ segment_id: id }] });
    const first = await open.call('GET', `/v1/segments/${id}/members?limit=1`);
    const { next_cursor: cursor } = first.body['page'] as { readonly next_cursor: string };
    expect(await membersOf(id, `?limit=1&cursor=${cursor}`)).toEqual(['200']);

    const change = { body: { name: 'Basic', rule: { ...gold, value: 'basic' } } };
    expect((await open.call('PUT', `/v1/segments/${id}`, { ...change, headers: { 'if-match': '"7"' } })).status).toBe(412);
    const revised = await open.call('PUT', `/v1/segments/${id}`, { ...change, headers: { 'if-match': '"1"' } });
    expect(revised.body).toMatchObject({ revision: 2 });
    expect((await live(id, revised)).body).toMatchObject({ name: 'Basic', member_count: 1 });
    expect(await membersOf(id)).toEqual(['300']);
    expect((await open.call('GET', `/v1/segments/${id}/history`)).body).toMatchObject({ data: [{ members: 1 }] });

    const started = await open.call('POST', `/v1/segments/${id}/recompute`);
    expect([started.status, typeof started.body['evaluation_id']]).toEqual([202, 'string']);
    await live(id, started);
    const archived = await open.call('DELETE', `/v1/segments/${id}`);
    expect((await live(id, archived)).body).toMatchObject({ state: 'archived' });
    // Who was in it last stays on record; it is no segment of the customer any more.
    expect(await membersOf(id)).toEqual(['300']);
    expect((await open.call('GET', '/v1/customers/300')).body).toMatchObject({ segments: [] });
    expect((await open.call('GET', '/v1/customers?limit=10')).body).toMatchObject({
      data: expect.not.arrayContaining([expect.objectContaining({ segments: [expect.objectContaining({ segment_id: id })] })]),
    });
    expect((await open.call('POST', `/v1/segments/${id}/recompute`)).body).toMatchObject({ code: 'segment_archived' });
  });

  it('names people by keyed hashes only', async () => {
    const { id } = await define({ type: 'attribute', field: 'email', op: 'eq', value: '200@Example.com' });
    expect(await membersOf(id)).toEqual(['200']);
    const { body } = await open.call('GET', `/v1/segments/${id}`);
    expect(body['rule']).toEqual({
      type: 'attribute',
      field: 'email',
      op: 'eq',
      hashes: [expect.stringMatching(/^[a-z2-7]{32}$/)],
    });
    const asked = { rule: body['rule'], qontak_customer_id: '100' };
    expect((await open.call('POST', '/v1/segments/explain', { body: asked })).body).toMatchObject({ matches: false });
  });

  it('counts days in the zone that the workspace changes to', async () => {
    const { id, shown } = await define({ ...ordered, within_days: 1 });
    const before = await membersOf(id);
    const generation = async (): Promise<unknown> => {
      const { body } = await open.call('GET', '/v1/projections');
      return (body['data'] as readonly Record<string, unknown>[]).find(({ name }) => name === 'profiles')?.['generation'];
    };
    const was = await generation();
    await open.call('PATCH', '/v1/workspace', { body: { time_zone: 'Pacific/Auckland' } });
    while ((await generation()) === was) await rest(10);
    // Orders of a moment ago are of today wherever today is.
    await live(id, shown);
    expect(await membersOf(id)).toEqual(before);
  });

  it.each([
    ['an unknown operator', { ...gold, op: 'like' }, 400, '/rule/op'],
    ['a personal field', { ...gold, field: 'first_name' }, 422, '/rule/field'],
    ['a window that is too long', { ...ordered, within_days: 731 }, 400, '/rule/within_days'],
    ['a rule about segments', { ...ordered, event: 'segment.entered' }, 400, '/rule/event'],
    ['too many rules', { op: 'OR', rules: Array.from({ length: 101 }, () => gold) }, 400, '/rule/rules/100'],
    ['too many levels', nested(9), 400, `/rule${'/rules/0'.repeat(8)}`],
    ['an empty group', { op: 'AND', rules: [] }, 400, '/rule/rules'],
    ['no rule at all', undefined, 400, '/rule'],
  ])('points at %s', async (_what, rule, status, pointer) => {
    const answer = await open.call('POST', '/v1/segments', { body: { name: 'wrong', rule } });
    expect(answer.status).toBe(status);
    expect((answer.body['errors'] as readonly { readonly pointer: string }[])[0]?.pointer).toBe(pointer);
  });

  it('knows what is not there', async () => {
    for (const url of ['/v1/segments/none', '/v1/segments/none/members', '/v1/segments/none/history']) {
      expect((await open.call('GET', url)).body).toMatchObject({ code: 'not_found' });
    }
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? gold : { op: 'AND', rules: [nested(levels - 1)] };
}
