import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { makeMessageToken, makeUnsubscribeToken } from '../../domain/campaign/tokens.js';
import { campaignRequests, type CampaignThings, type WireRequest } from '../support/campaign-requests.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const WORKSPACE = 'main';
const customers = ['a', 'b', 'c'];
const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'city', op: 'eq', value: 'Bandung' }] };
const person = (id: string) => ({
  type: 'customer.created',
  message_id: `crm-${id}`,
  customer: { qontak_customer_id: id, identifiers: { email: `${id}@mail.example` } },
  properties: { city: 'Bandung', first_name: id },
});

describe('whatever is sent to the calls of campaigns', () => {
  let open: EngineUnderTest;
  const things = {
    customers,
    segments: [] as string[],
    templates: [] as string[],
    campaigns: [] as string[],
    runs: [] as string[],
    messageTokens: [] as string[],
    unsubscribeTokens: [] as string[],
    signingKey: 'signing-key',
  } satisfies CampaignThings;

  /** Whatever the answer names can be asked about from then on. */
  function note(body: Readonly<Record<string, unknown>>): void {
    const lists = {
      segment_id: things.segments,
      template_id: things.templates,
      campaign_id: things.campaigns,
      run_id: things.runs,
    };
    for (const [field, known] of Object.entries(lists)) {
      const id = body[field];
      if (typeof id === 'string' && !known.includes(id)) known.push(id);
    }
  }

  async function make(url: string, body: object): Promise<string> {
    const answer = await open.call('POST', url, { body });
    expect([url, answer.status < 300]).toEqual([url, true]);
    note(answer.body);
    return String(answer.body['position']);
  }

  async function first(type: string): Promise<RecordedEvent> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for await (const message of open.engine.stores.eventStore.subscribe({ after: -1n, signal }))
      if (message.kind === 'event' && message.event.type === type) return message.event;
    throw new Error(`expected ${type} in good time`);
  }

  beforeAll(async () => {
    open = await openEngineUnderTest();
    const { vault } = open.engine.stores;
    await vault.putSecret(WORKSPACE, 'mailgun_signing', Buffer.from(things.signingKey));
    await make('/v1/events', { events: customers.map(person) });
    await make('/v1/segments', { name: 'All', rule });
    await make('/v1/templates', { name: 'Hello', subject: 'Hello', html: '<p>Hello {{ first_name }}</p>' });
    const [segment_id, template_id] = [things.segments[0], things.templates[0]];
    await make('/v1/campaigns', { name: 'A', segment_id, template_id, from: 'a@shop.example' });
    await make(`/v1/campaigns/${things.campaigns[0] ?? ''}/launch`, {});
    await first('campaign_run.completed');
    for await (const { type, stream, data } of open.engine.stores.eventStore.readAll({ after: -1n, categories: ['customer'] })) {
      if (type !== 'campaign.message_reserved') continue;
      const [run_id, attempt_id] = [textOf(data.plain['run']), textOf(data.plain['attempt_id'])];
      const customer_id = stream.slice(stream.indexOf('.') + 1);
      const keyOf = async (name: 'webhook_id' | 'unsubscribe') => ({
        workspace: WORKSPACE,
        key: await vault.secret(WORKSPACE, name),
      });
      things.messageTokens.push(makeMessageToken({ run_id, customer_id, attempt_id }, await keyOf('webhook_id')));
      const ref = { customer_id, channel: 'email', purpose: 'marketing', run_id };
      things.unsubscribeTokens.push(makeUnsubscribeToken(ref, await keyOf('unsubscribe')));
    }
    expect(things.messageTokens).toHaveLength(3);
  });
  afterAll(() => open.close());

  it('is never answered 5xx, unless by asking to come back later', async () => {
    const answered: Record<string, number> = {};
    const request = campaignRequests(things);
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const { statusCode, body } = await open.engine.api.inject(wired(asked, open.key));
        const place = `${asked.method} ${asked.url} ${String(asked.payload)} ▸ ${statusCode}`;
        expect([place, ...open.logged.filter((line) => line.includes('"http.failed"'))]).toEqual([place]);
        if (!body.includes('projection_behind')) expect([place, statusCode < 500]).toEqual([place, true]);
        const kind = `${asked.family} ${statusCode < 300 ? 'taken' : 'refused'}`;
        answered[kind] = (answered[kind] ?? 0) + 1;
        if (statusCode < 300 && body.startsWith('{')) note(JSON.parse(body) as Record<string, unknown>);
      }),
      { numRuns: 3_000 },
    );
    // Both sides of every family were reached, or this test says little.
    const families = ['templates', 'campaigns', 'runs', 'suppressions', 'webhooks'];
    for (const kind of families.flatMap((family) => [`${family} taken`, `${family} refused`]))
      expect([kind, (answered[kind] ?? 0) > 10]).toEqual([kind, true]);
    for (const kind of ['unsubscribe taken', 'outbox taken']) expect([kind, (answered[kind] ?? 0) > 5]).toEqual([kind, true]);
  });

  it('leaves models that are as the log has them, with nothing blocked', async () => {
    const head = await open.engine.stores.eventStore.head();
    for (const { name } of await open.engine.runner.status()) await open.engine.runner.waitFor(name, head, PATIENCE_MS);
    expect((await open.call('GET', '/v1/dead-letters?kind=projection')).body['data']).toEqual([]);
    for (const name of ['templates', 'campaigns', 'campaign-runs', 'messages', 'suppressions'])
      expect([name, await open.engine.runner.verify(name).done]).toMatchObject([name, { equal: true }]);
  });
});

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('expected text');
}

/** Public calls carry no credential; the others carry the owner's key. */
function wired({ family, method, url, headers, payload }: WireRequest, key: string) {
  const isPublic = family === 'webhooks' || family === 'unsubscribe';
  const credential = isPublic ? {} : { authorization: `Bearer ${key}` };
  return { method, url, headers: { ...credential, ...headers }, ...(payload === undefined ? {} : { payload }) };
}
