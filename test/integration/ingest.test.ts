import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDecoder } from '../../runtime/decode.js';
import { openIngest, type IngestUnderTest } from '../support/ingest.js';

const ada = {
  type: 'customer.created',
  message_id: 'crm-17',
  customer: { qontak_customer_id: '70012', identifiers: { email: 'Ada@Example.com ' } },
  properties: { first_name: 'Adalina', city: 'Bandung', plan: 'gold' },
};
const order = {
  type: 'order_created',
  message_id: 'o-9',
  customer: { identifiers: { email: 'ada@example.com' } },
  properties: { order_id: '9', amount: '19.90', currency: 'USD', created_at: '2026-11-20T10:00:00+07:00' },
};

describe('ingest', () => {
  let open: IngestUnderTest;
  beforeEach(async () => {
    open = await openIngest();
  });
  afterEach(() => open.dispose());

  it('writes what the example log shows: claim, event, identified, and the order on the same customer', async () => {
    const first = await open.push([ada]);
    const second = await open.push([order], { source: 'commerce' });
    expect(first.receipts).toMatchObject([{ status: 'accepted', message_id: 'crm-17', qontak_customer_id: '70012' }]);
    expect(second.receipts).toMatchObject([{ status: 'accepted', message_id: 'o-9', qontak_customer_id: '70012' }]);

    const stream = await open.stream('customer-w1.70012');
    expect(stream.map(({ type }) => type)).toEqual(['customer.created', 'customer.identified', 'order_created']);
    const [created, identified, ordered] = stream;
    expect(created?.data.sealed.map((part) => [part.class, [...part.fields].sort()])).toEqual([
      ['direct', ['email', 'first_name']],
      ['quasi', ['city', 'plan']],
    ]);
    expect(identified?.metadata).toMatchObject({ source: 'cebe', causation_id: created?.id });
    expect(identified?.data.hashes).toEqual({ email: created?.data.hashes['email'] });
    expect(ordered?.data).toEqual({
      plain: { order_id: '9', amount_minor: 1990, currency: 'USD', created_at: '2026-11-20T10:00:00+07:00' },
      hashes: {},
      sealed: [],
    });
    expect(ordered?.metadata).toMatchObject({ workspace_id: 'w1', source: 'commerce', occurred_at: '2026-11-20T03:00:00.000Z' });
    const [claim] = await open.stream(`identity-w1.${String(created?.data.hashes['email'])}`);
    expect(claim).toMatchObject({ type: 'identity.claimed', data: { plain: { owner: '70012', kind: 'email' } } });
    expect(
      JSON.stringify((await open.all()).map(({ metadata, stream: name, data }) => [metadata, name, data.plain])),
    ).not.toMatch(/ada@|adalina|bandung/i);
  });

  it('answers a repeat with the same position and appends nothing, also when it names another customer', async () => {
    const [first] = (await open.push([ada])).receipts;
    const before = await open.all();
    const again = await open.push([ada]);
    const elsewhere = await open.push([{ ...ada, customer: { qontak_customer_id: '99' } }]);
    expect(again.receipts).toMatchObject([{ status: 'duplicate', event_id: first?.event_id, qontak_customer_id: '70012' }]);
    expect(elsewhere.receipts).toMatchObject([{ status: 'duplicate', qontak_customer_id: '70012' }]);
    expect(open.differingBodies()).toBe(1);
    expect(await open.all()).toEqual(before);
  });

  it('decides repeats within one request and keeps the order of one customer’s events', async () => {
    const { receipts } = await open.push([ada, order, ada, { ...order, message_id: 'o-10' }]);
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'duplicate', 'accepted']);
    const messages = (await open.stream('customer-w1.70012')).map(({ metadata }) => metadata.message_id);
    expect(messages.filter((id) => !id.includes('-5'))).toEqual(['crm-17', 'o-9', 'o-10']);
  });

  it('mints one customer for an unknown identifier and gives the later events of that identifier to them', async () => {
    const visitor = { type: 'shelf_passed', customer: { identifiers: { anonymous_id: 'device-1' } }, properties: { sku: 'a' } };
    const { receipts } = await open.push([
      { ...visitor, message_id: 'v-1' },
      { ...visitor, message_id: 'v-2' },
    ]);
    const owners = receipts.map((receipt) => ('qontak_customer_id' in receipt ? receipt.qontak_customer_id : ''));
    expect(new Set(owners).size).toBe(1);
    expect(owners[0]).toMatch(/^c_[a-z2-7]{26}$/);
  });

  it('stores a message once that was sent as anonymous and is repeated as known', async () => {
    const visit = { type: 'shelf_passed', message_id: 'v-9', properties: { sku: 'a' } };
    const first = await open.push([{ ...visit, customer: { identifiers: { anonymous_id: 'device-9' } } }]);
    const known = { qontak_customer_id: '70012', identifiers: { anonymous_id: 'device-9', email: 'ada@mail.example' } };
    const again = await open.push([{ ...visit, customer: known }]);
    expect([...first.receipts, ...again.receipts].map(({ status }) => status)).toEqual(['accepted', 'duplicate']);
    expect((await open.all()).filter(({ type }) => type === 'shelf_passed')).toHaveLength(1);
  });

  it('ends with one owner when many first events of one identifier race, also between two processes', async () => {
    const other = open.another();
    const events = Array.from({ length: 32 }, (_, index) => ({ ...order, message_id: `race-${String(index)}` }));
    const answers = await Promise.all(
      events.map((value, index) =>
        index % 2 === 0
          ? open.push([value])
          : other({ workspace: 'w1', source: 'cdp', actor: 'key_1', bytes: 1_000, entries: [{ kind: 'json', value }] }),
      ),
    );
    const owners = new Set(
      answers.flatMap(({ receipts }) =>
        receipts.map((receipt) => ('qontak_customer_id' in receipt ? receipt.qontak_customer_id : '')),
      ),
    );
    expect(owners.size).toBe(1);
    const stored = await open.stream(`customer-w1.${[...owners].join()}`);
    expect(stored.filter(({ type }) => type === 'order_created')).toHaveLength(32);
    expect(stored.filter(({ type }) => type === 'customer.identified')).toHaveLength(1);
  });

  it('stores an event once when the same message arrives many times at once', async () => {
    const pushes = Array.from({ length: 20 }, () => open.push([order]));
    const statuses = (await Promise.all(pushes)).flatMap(({ receipts }) => receipts.map(({ status }) => status));
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(19);
    expect((await open.all()).filter(({ type }) => type === 'order_created')).toHaveLength(1);
  });

  it('quarantines what it cannot accept with a code, without costing the neighbours, and takes the corrected event', async () => {
    const bad = { ...order, message_id: 'bad-1', properties: { ...order.properties, amount: '19.999' } };
    const { receipts } = await open.push([
      bad,
      order,
      { ...order, message_id: 'bad-2', type: 'campaign.message_sent_by_engine' },
      { ...order, message_id: 'bad-3', customer: { identifiers: { email: 'n/a' } } },
      { ...order, message_id: 'a@b.example' },
      { ...order, message_id: 'bad-4', occurred_at: new Date(Date.now() + 3_600_000).toISOString() },
      { ...order, message_id: 'bad-5', properties: { ...order.properties, note: 'x'.repeat(40_000) } },
      null,
    ]);
    expect(receipts.map((receipt) => ('code' in receipt ? receipt.code : receipt.status))).toEqual([
      'amount_too_precise',
      'accepted',
      'type_reserved',
      'customer_missing',
      'message_id_personal',
      'from_the_future',
      'event_too_large',
      'event_invalid',
    ]);
    const again = await open.push([bad]);
    expect(again.receipts).toMatchObject([{ status: 'quarantined', event_id: receipts[0]?.event_id }]);
    expect((await open.push([{ ...bad, properties: order.properties }])).receipts).toMatchObject([{ status: 'accepted' }]);
    const entries = (await open.all()).filter(({ type }) => type === 'quarantine.received');
    expect(entries).toHaveLength(7);
    expect(entries.every(({ data }) => data.sealed.length === 1 && !('body' in data.plain))).toBe(true);
  });

  it('points at the time that lies in the future, be it of the envelope or of the properties', async () => {
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const { receipts } = await open.push([
      { ...order, message_id: 'f-1', occurred_at: future },
      { ...order, message_id: 'f-2', properties: { ...order.properties, created_at: future } },
    ]);
    expect(receipts).toMatchObject([
      { code: 'from_the_future', pointer: '/occurred_at' },
      { code: 'from_the_future', pointer: '/properties/created_at' },
    ]);
  });

  it('keeps nothing in the clear that looks personal where its contract says that nothing is', async () => {
    const [email, phone] = ['ani@mail.example', '+6281234567890'];
    const call = { call_id: `call ${phone}`, agent_id: email, duration_sec: 5, created_at: '2026-11-22T10:00:00Z' };
    const { receipts } = await open.push([
      { ...order, properties: { ...order.properties, order_id: phone } },
      { ...order, type: 'call_logged', message_id: 'call-1', properties: call },
      {
        ...order,
        type: 'campaign.message_bounced',
        message_id: 'bounce-1',
        properties: { campaign_id: 'spring', severity: 'permanent', reason: `no mailbox ${email}` },
      },
      { ...order, message_id: phone },
    ]);
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted', 'quarantined']);
    const stored = await open.all();
    const inTheClear = JSON.stringify(
      stored.map(({ stream, metadata, data: { plain, hashes } }) => [stream, metadata, plain, hashes]),
    );
    expect(inTheClear).not.toContain(email);
    expect(inTheClear).not.toContain(phone);
    const decoded = await createDecoder({ vault: open.vault }).decode(stored, { opensQuasi: true });
    const direct = decoded.map((result) => (result.ok ? Object.keys(result.event.direct) : result.error));
    expect(direct).toEqual(expect.arrayContaining([['order_id'], ['call_id', 'agent_id'], ['reason']]));
    expect(decoded.every(({ ok }) => ok)).toBe(true);
    // order_id, call_id, agent_id and reason; a repeat is no violation of its own.
    await open.push([{ ...order, properties: { ...order.properties, order_id: phone } }]);
    expect(open.violations()).toBe(4);
  });

  it('does not let events reach an erased customer', async () => {
    await open.push([ada]);
    await open.vault.destroyKey('w1', 'customer/70012');
    const { receipts } = await open.push([{ ...order, message_id: 'late', customer: { qontak_customer_id: '70012' } }]);
    expect(receipts).toMatchObject([{ status: 'quarantined', code: 'customer_erased' }]);
  });

  it('refuses at once what does not fit into what may be in flight', async () => {
    const small = await openIngest({ limits: { events: 2, bytes: 10_000 } });
    try {
      const [first, second] = await Promise.allSettled([small.push([ada, order]), small.push([{ ...order, message_id: 'o-2' }])]);
      expect(first.status).toBe('fulfilled');
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'overloaded' } });
    } finally {
      await small.dispose();
    }
  });
});
