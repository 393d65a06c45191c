import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';

type Body = Readonly<Record<string, unknown>>;

/** How long ingest may know an older plan. */
const REMEMBERED_MS = 2_000;

describe('tracking plans of sources', () => {
  let on: EngineOnHttp;
  let key: string;
  let ahead = 0;
  const call = (...args: Parameters<EngineOnHttp['open']['call']>) => on.open.call(...args);

  /** From here on ingest knows what was published. */
  const known = async (position: unknown): Promise<void> => {
    expect(await call('GET', `/v1/sources?min_position=${String(position)}`)).toMatchObject({ status: 200 });
    ahead += REMEMBERED_MS + 1;
  };
  const publish = async (plan: Body): Promise<Body> => {
    const drafted = await call('PUT', '/v1/sources/shop/plan', { body: plan });
    expect(drafted).toMatchObject({ status: 200 });
    const answer = await call('POST', '/v1/sources/shop/plan/publish', { body: { draft: drafted.body['draft'] } });
    expect(answer).toMatchObject({ status: 200 });
    await known(answer.body['position']);
    return answer.body;
  };
  const send = async (type: string, id: string, properties: Body): Promise<Body> => {
    const event = { type, message_id: id, customer: { qontak_customer_id: '70012' }, properties };
    const { status, body } = await call('POST', '/v1/events', { body: { events: [event] }, key });
    expect(status).toBe(200);
    const [receipt] = body['receipts'] as readonly Body[];
    return receipt ?? {};
  };
  const violations = async (position: unknown): Promise<readonly Body[]> => {
    const { body } = await call('GET', `/v1/sources/shop/violations?min_position=${String(position)}`);
    return body['data'] as readonly Body[];
  };

  beforeAll(async () => {
    on = await openEngineOnHttp({ clock: () => Date.now() + ahead });
    const made = await call('POST', '/v1/keys', { body: { name: 'Shop', source: 'shop', role: 'module' } });
    key = String(made.body['key']);
  });
  afterAll(() => on.close());

  it('takes what it warns of, says so in the receipt, and counts it with a masked sample', async () => {
    await publish({
      wrong_types: 'warn',
      unknown_properties: 'warn',
      types: { cart_seen: { properties: { items: { type: 'integer' } } } },
    });
    const receipt = await send('cart_seen', 'c-1', { items: 'three', colour: 'crimson' });
    expect(receipt).toMatchObject({
      status: 'accepted',
      warnings: [
        { code: 'plan_property_unknown', pointer: '/properties/colour' },
        { code: 'plan_property_type', pointer: '/properties/items', detail: expect.stringContaining('a value of type string') },
      ],
    });
    expect(await send('cart_seen', 'c-2', { items: 3 })).not.toHaveProperty('warnings');
    const counted = await violations(receipt['position']);
    expect(counted).toContainEqual(
      expect.objectContaining({
        type: 'cart_seen',
        kind: 'wrong_type',
        field: 'items',
        warned: 1,
        refused: 0,
        samples: [expect.objectContaining({ event_id: receipt['event_id'], value: 't***' })],
      }),
    );
    expect(JSON.stringify(counted)).not.toContain('crimson');
  });

  it('keeps back what it quarantines without a word to the source, tells it of what it blocks, and counts both', async () => {
    await publish({
      unknown_types: 'quarantine',
      types: { cart_seen: { properties: { items: { type: 'integer', required: true } }, missing_properties: 'block' } },
    });
    const unknown = await send('cart_left', 'l-1', {});
    expect(unknown).toMatchObject({ status: 'quarantined', code: 'plan_type_unknown', pointer: '/type' });
    expect(unknown).not.toHaveProperty('warnings');
    const blocked = await send('cart_seen', 'c-3', {});
    expect(blocked).toMatchObject({
      status: 'quarantined',
      code: 'plan_property_missing',
      pointer: '/properties/items',
      warnings: [{ code: 'plan_property_missing' }],
    });
    const counted = await violations(blocked['position']);
    expect(counted).toContainEqual(expect.objectContaining({ type: 'cart_left', kind: 'unknown_type', warned: 0, refused: 1 }));
    expect(counted).toContainEqual(
      expect.objectContaining({
        type: 'cart_seen',
        kind: 'missing_property',
        field: 'items',
        samples: [expect.objectContaining({ dead_letter: `ingest:${String(blocked['event_id'])}` })],
      }),
    );
  });

  it('appends what was kept, once, when the plan is mended and its group is retried', async () => {
    const groups = await call('GET', '/v1/dead-letters/groups?kind=ingest');
    const group = (groups.body['data'] as readonly Body[]).find(({ group: name }) => String(name).includes('plan_type_unknown'));
    await publish({ unknown_types: 'accept' });
    const retry = () => call('POST', '/v1/dead-letters/retry', { body: { kind: 'ingest', group: group?.['group'] } });
    expect((await retry()).body).toMatchObject({ resolved: 1, still_waiting: 0 });
    const resent = await send('cart_left', 'l-1', {});
    expect(resent).toMatchObject({ status: 'duplicate' });
    expect((await retry()).body).toMatchObject({ resolved: 0 });
    const { body } = await call('GET', `/v1/customers/70012?min_position=${String(resent['position'])}`);
    expect(body['events']).toMatchObject({ cart_left: { count: 1 } });
  });

  it('shows what a draft would have refused of the last days, and lets it hold afterwards', async () => {
    await call('PUT', '/v1/sources/shop/plan', {
      body: { unknown_properties: 'block', types: { cart_seen: { properties: { items: {} } } }, unknown_types: 'warn' },
    });
    const checked = await call('POST', '/v1/sources/shop/plan/check', { body: { days: 2 } });
    expect(checked.body).toMatchObject({ events: 3, would_refuse: 1, would_warn: 1 });
    expect(checked.body['violations']).toContainEqual(
      expect.objectContaining({ type: 'cart_seen', kind: 'unknown_property', field: 'colour', mode: 'block', events: 1 }),
    );
    const shown = await on.cebe('plan', 'check', 'shop');
    expect(shown).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('would have refused 1 and warned of 1') });
    expect(await on.cebe('plan', 'publish', 'shop')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    const published = await on.cebe('plan', 'publish', 'shop', '--yes', '--json');
    expect(published.exitCode).toBe(0);
    await known((JSON.parse(published.stdout) as Body)['position']);
    expect(await send('cart_seen', 'c-4', { colour: 'red' })).toMatchObject({ status: 'quarantined' });
    expect((await on.cebe('plan', 'show', 'shop')).stdout).toContain('which holds');
    expect((await on.cebe('plan', 'violations', 'shop')).stdout).toContain('unknown_property');
  });

  it('counts the same again in a rebuild', async () => {
    expect(await on.cebe('projection', 'verify', 'ingest-statistics', '--json')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('"equal":true'),
    });
  });

  it('holds for its own source only, and no longer once it is withdrawn', async () => {
    expect(await on.cebe('plan', 'withdraw', 'shop', '--yes')).toMatchObject({ exitCode: 0 });
    const { body } = await call('DELETE', '/v1/sources/shop/plan');
    await known(body['position']);
    expect(await send('cart_seen', 'c-5', { colour: 'red' })).toMatchObject({ status: 'accepted' });
  });

  it.each([
    ['PUT', '/v1/sources/shop/plan', { unknown_types: 'sometimes' }, 400],
    ['PUT', '/v1/sources/shop/plan', { types: { order_created: { properties: { amount: { type: 'number' } } } } }, 400],
    ['PUT', '/v1/sources/Shop!/plan', {}, 400],
    ['POST', '/v1/sources/nobody/plan/check', {}, 404],
    ['POST', '/v1/sources/shop/plan/publish', { draft: 1 }, 412],
    ['POST', '/v1/sources/shop/plan/publish', {}, 400],
    ['POST', '/v1/sources/shop/plan/check', { days: 0 }, 400],
    ['DELETE', '/v1/sources/nobody/plan', undefined, 404],
    ['GET', '/v1/sources/nobody/plan', undefined, 404],
  ] as const)('%s %s refuses %j with %i', async (method, url, body, status) => {
    const answer = await call(method, url, body === undefined ? {} : { body });
    expect(answer).toMatchObject({ status, body: { code: expect.any(String), detail: expect.any(String) } });
  });
});
