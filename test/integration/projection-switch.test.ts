import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { parsePosition } from '../../runtime/positions.js';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';
import { PATIENCE_MS } from '../support/patience.js';

const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'city', op: 'eq', value: 'Bandung' }] };
const person = (id: string) => ({
  type: 'customer.updated',
  message_id: `crm-${id}`,
  customer: { qontak_customer_id: id },
  properties: { city: 'Bandung' },
});

describe('cebe projection switch', () => {
  let on: EngineOnHttp;
  beforeAll(async () => {
    on = await openEngineOnHttp();
  });
  afterAll(() => on.close());

  async function push(...ids: readonly string[]): Promise<void> {
    const { body } = await on.open.call('POST', '/v1/events', { body: { events: ids.map(person) } });
    await on.open.call('GET', `/v1/customers?limit=1&min_position=${String(body['position'])}`);
  }
  const serving = () => on.open.engine.runner.readModel('profiles').collection();
  async function eventsOf(category: 'projection' | 'segment' | 'customer', type: string): Promise<readonly RecordedEvent[]> {
    const found: RecordedEvent[] = [];
    for await (const event of on.open.engine.stores.eventStore.readAll({ after: -1n, categories: [category] }))
      if (event.type === type) found.push(event);
    return found;
  }
  /** Resolves when so many evaluations have ended, and who they moved is folded. */
  async function evaluated(times: number): Promise<void> {
    const { runner, stores } = on.open.engine;
    let ended = 0;
    const wanted = { after: -1n, categories: ['segment'], signal: AbortSignal.timeout(PATIENCE_MS) } as const;
    for await (const message of stores.eventStore.subscribe(wanted)) {
      if (message.kind !== 'event' || message.event.type !== 'segment.evaluation_finished') continue;
      ended += 1;
      if (ended === times) return runner.waitFor('profiles', message.event.position, PATIENCE_MS);
    }
    throw new Error(`Expected ${times} evaluations to end, found ${ended}.`);
  }
  async function members(segment: string): Promise<readonly string[]> {
    const { body } = await on.open.call('GET', `/v1/segments/${segment}/members`);
    return (body['data'] as { qontak_customer_id: string }[]).map(({ qontak_customer_id: id }) => id);
  }

  it('is refused while nothing waits for it', async () => {
    expect(await on.cebe('projection', 'switch', 'profiles')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await on.cebe('projection', 'switch', 'nothing')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('lets the generation that was built take over where the other stopped, and evaluates every segment once', async () => {
    const { runner, stores } = on.open.engine;
    await push('a', 'b');
    const { segment_id: segment } = (await on.open.call('POST', '/v1/segments', { body: { name: 'B', rule } })).body;
    await evaluated(1);
    const built = await on.cebe('projection', 'rebuild', 'profiles', '--manual');
    expect(built).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('cebe projection switch profiles') });

    // Until the switch nothing of it is seen, and it does not run ahead.
    await push('c');
    expect(serving()).toBe('profiles@v1');
    const ahead = (await stores.documentStore.readCheckpoint('profiles@v2')) ?? -1n;
    const [status] = (await runner.status()).filter(({ name }) => name === 'profiles');
    expect(ahead).toBeLessThanOrEqual(parsePosition(status?.position ?? '', stores.eventStore.id));
    expect(await members(String(segment))).toEqual(['a', 'b', 'c']);
    const before = await eventsOf('customer', 'segment.entered');

    const job = await runner.rebuildOf('profiles');
    expect(await on.cebe('projection', 'switch', 'profiles')).toMatchObject({
      exitCode: 0,
      stdout: 'profiles: generation 2 takes over\n',
    });
    expect(await job?.done).toBe('switched');
    expect(serving()).toBe('profiles@v2');
    const [first, second, ...others] = (await eventsOf('projection', 'projection.switched')).filter(
      ({ data }) => data.plain['name'] === 'profiles',
    );
    expect([first?.data.plain, second?.data.plain]).toMatchObject([{ generation: 1 }, { generation: 2, version: 2 }]);
    expect(others).toEqual([]);

    // What is folded next is folded by it, and the reactor goes on with the members that there are.
    await push('d');
    const cause = second?.data.plain['switch_id'];
    await evaluated(2);
    await runner.waitFor('profiles', await stores.eventStore.head(), PATIENCE_MS);
    const evaluations = await eventsOf('segment', 'segment.evaluation_started');
    expect(evaluations.filter(({ data }) => data.plain['cause'] === cause)).toHaveLength(1);
    expect(await members(String(segment))).toEqual(['a', 'b', 'c', 'd']);
    const entered = await eventsOf('customer', 'segment.entered');
    expect(entered.slice(before.length).map(({ stream }) => stream)).toEqual(['customer-main.d']);
    expect(await on.cebe('projection', 'switch', 'profiles')).toMatchObject({ exitCode: 1 });
    expect(await on.cebe('projection', 'verify', 'profiles')).toMatchObject({ exitCode: 0 });
  });
});
