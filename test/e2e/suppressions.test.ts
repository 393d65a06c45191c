import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Receipt } from '../../contracts/ingest.js';
import { encodePosition } from '../../runtime/positions.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const people = ['a', 'b', 'c', 'd', 'e'];
const person = (id: string) => ({
  type: 'customer.created',
  message_id: `crm-${id}`,
  customer: { qontak_customer_id: id, identifiers: { email: `${id}@mail.example` } },
  properties: { city: 'Bandung' },
});
const suppression = (messageId: string, customer: object, properties: object = {}, type = 'suppression.added') => ({
  type,
  message_id: messageId,
  customer,
  properties: { reason: 'complained', ...properties },
});
const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'city', op: 'eq', value: 'Bandung' }] };

describe('suppressions that modules push', () => {
  let open: EngineUnderTest;
  let position = '';
  beforeAll(async () => {
    open = await openEngineUnderTest();
    await push(people.map(person));
  });
  afterAll(() => open.close());

  async function push(events: readonly object[], query = ''): Promise<readonly Receipt[]> {
    const { body } = await open.call('POST', `/v1/events${query}`, { body: { events } });
    position = String(body['position']);
    return body['receipts'] as readonly Receipt[]; // as the route's schema has it
  }
  const listed = async (query: string): Promise<unknown> =>
    (await open.call('GET', `/v1/suppressions?min_position=${position}&${query}`)).body['data'];

  /** The position at which the run is completed. */
  async function untilCompleted(): Promise<string> {
    const { eventStore } = open.engine.stores;
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for await (const message of eventStore.subscribe({ after: -1n, categories: ['campaign_run'], signal })) {
      const isEnd = message.kind === 'event' && message.event.type === 'campaign_run.completed';
      if (isEnd) return encodePosition(eventStore.id, message.event.position);
    }
    throw new Error('expected the run to be completed in good time');
  }

  it('are on the list at once, whether the address stands among the properties or in the envelope', async () => {
    const [inBody, inEnvelope] = await push([
      suppression('s-1', { qontak_customer_id: 'a' }, { email: 'A@mail.example ' }),
      suppression('s-2', { identifiers: { email: 'b@mail.example' } }, { reason: 'bounced' }),
    ]);
    expect([inBody, inEnvelope]).toMatchObject([{ status: 'accepted' }, { status: 'accepted', qontak_customer_id: 'b' }]);
    expect(await listed('email=a%40mail.example')).toMatchObject([{ reason: 'complained' }]);
    expect(await listed('email=b%40mail.example')).toMatchObject([{ reason: 'bounced' }]);
    expect(await listed('count=exact')).toHaveLength(2);
  });

  it('are on the list when they belong to history that is imported', async () => {
    const { import_id: id } = (await open.call('POST', '/v1/imports', { body: {} })).body;
    const old = suppression('s-3', { qontak_customer_id: 'c' }, { email: 'c@mail.example', reason: 'unsubscribed' });
    expect(await push([old], `?mode=backfill&import=${String(id)}`)).toMatchObject([{ status: 'accepted' }]);
    await open.call('POST', `/v1/imports/${String(id)}/finish`);
    expect(await listed('email=c%40mail.example')).toMatchObject([{ reason: 'unsubscribed' }]);
  });

  it('are refused, not lost, when no address can be told from them, and when they would take one off', async () => {
    const receipts = await push([
      suppression('r-1', { qontak_customer_id: 'd' }),
      suppression('r-2', { qontak_customer_id: 'd', identifiers: { phone: '0812 3456 7345' } }),
      suppression('r-3', { qontak_customer_id: 'd' }, { email: 'd at mail.example' }),
      suppression('r-4', { qontak_customer_id: 'd', identifiers: { email: 'guest' } }),
      suppression('r-5', { qontak_customer_id: 'd' }, { email: 'd@mail.example', reason: 'angry' }),
      suppression('r-6', { identifiers: { email: 'a@mail.example' } }, {}, 'suppression.removed'),
    ]);
    expect(receipts.map(({ status, code, pointer }) => [status, code, pointer])).toEqual([
      ['quarantined', 'contract_violated', '/properties/email'],
      ['quarantined', 'contract_violated', '/properties/email'],
      ['quarantined', 'identifier_invalid', '/properties/email'],
      ['quarantined', 'identifier_invalid', '/customer/identifiers/email'],
      ['quarantined', 'contract_violated', '/properties/reason'],
      ['quarantined', 'type_reserved', '/type'],
    ]);
    expect(await listed('count=exact')).toHaveLength(3);
  });

  it('keep their addresses out of a run until a person takes them off', async () => {
    const off = await open.call('DELETE', '/v1/suppressions', { body: { email: 'b@mail.example', reason: 'They asked.' } });
    expect(off.status).toBe(200);
    position = String(off.body['position']);
    expect(await listed('count=exact')).toHaveLength(2);
    const { segment_id: segment } = (await open.call('POST', '/v1/segments', { body: { name: 'All', rule } })).body;
    const content = { name: 'Hello', subject: 'Hello', html: '<p>Hello</p>' };
    const { template_id: template } = (await open.call('POST', '/v1/templates', { body: content })).body;
    const definition = { name: 'Hello', segment_id: segment, template_id: template, from: 'Shop <hello@shop.example>' };
    const { campaign_id: campaign } = (await open.call('POST', '/v1/campaigns', { body: definition })).body;
    const { run_id: run } = (await open.call('POST', `/v1/campaigns/${String(campaign)}/launch`)).body;
    const funnel = await open.call('GET', `/v1/campaign-runs/${String(run)}/funnel?min_position=${await untilCompleted()}`);
    expect(funnel.body).toMatchObject({
      audience: 5,
      outcomes: { sent: 3, suppressed: 2 },
      suppressed_by_reason: { complained: 1, unsubscribed: 1 },
    });
  });
});
