import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDecoder } from '../../runtime/decode.js';
import type { EventPins } from '../../stores/event-store/event-pins.port.js';
import { ingestOn, ingestRequest, openIngest, type IngestUnderTest } from '../support/ingest.js';

const properties = { campaign_id: 'spring', ad_set_id: 'set-1', spend_date: '2026-11-21', spend: '125.50', currency: 'USD' };
const spend = { type: 'ad.spend_recorded', message_id: 'spend-1', properties };

describe('an event that concerns no customer', () => {
  let open: IngestUnderTest;
  beforeEach(async () => {
    open = await openIngest();
  });
  afterEach(() => open.dispose());

  it('stands with the others about the same campaign of the same source, and names nobody', async () => {
    const { receipts } = await open.push(
      [
        spend,
        { ...spend, message_id: 'spend-2' },
        { ...spend, message_id: 'x', properties: { ...properties, campaign_id: 'b' } },
      ],
      { source: 'ads' },
    );
    const elsewhere = await open.push([spend], { source: 'other-ads' });
    expect([...receipts, ...elsewhere.receipts].map(({ status }) => status)).toEqual(Array(4).fill('accepted'));
    for (const receipt of receipts) expect(receipt).not.toHaveProperty('qontak_customer_id');
    const all = await open.all();
    expect(all.map(({ type }) => type)).toEqual(Array(4).fill('ad.spend_recorded'));
    const [first, second, third, fourth] = all.map(({ stream }) => stream);
    expect(first).toMatch(/^ad_campaign-w1\.[0-9a-f-]{36}$/);
    expect(second).toBe(first);
    expect(new Set([first, third, fourth]).size).toBe(3);
    expect(all[0]?.data).toEqual({ plain: { ...properties, spend: undefined, spend_minor: 12550 }, hashes: {}, sealed: [] });
    expect(all[0]?.metadata).toMatchObject({ source: 'ads', message_id: 'spend-1' });
  });

  it('is stored once, whatever is repeated, and stays the first when the body differs', async () => {
    const [first] = (await open.push([spend])).receipts;
    const again = await open.push([spend, { ...spend, properties: { ...properties, campaign_id: 'autumn' } }]);
    expect(again.receipts).toMatchObject([
      { status: 'duplicate', position: first?.position },
      { status: 'duplicate', position: first?.position },
    ]);
    expect(await open.all()).toHaveLength(1);
  });

  it('keeps what no contract declares sealed with the key of the workspace', async () => {
    await open.push([{ ...spend, properties: { ...properties, note: 'paid by card' }, context: { ip: '10.0.0.1' } }]);
    const all = await open.all();
    expect(all[0]?.data.sealed.map(({ fields }) => fields)).toEqual([['context.ip'], ['note']]);
    const [decoded] = await createDecoder({ vault: open.vault }).decode(all, { opensQuasi: true });
    expect(decoded).toMatchObject({ ok: true, event: { data: { note: 'paid by card', spend_minor: 12550 } } });
  });

  it.each([
    ['an id', { qontak_customer_id: '70012' }],
    ['an identifier', { identifiers: { email: 'ada@mail.example' } }],
  ])('is refused with %s of a customer', async (_what, customer) => {
    const { receipts } = await open.push([{ ...spend, customer }]);
    expect(receipts).toMatchObject([{ status: 'quarantined', code: 'contract_violated', pointer: '/customer' }]);
    expect((await open.push([spend])).receipts).toMatchObject([{ status: 'accepted' }]);
  });

  it('is known to a customer’s event that comes under its message id, and the other way round', async () => {
    const viewed = {
      type: 'product_viewed',
      message_id: 'v-1',
      customer: { qontak_customer_id: '70012' },
      properties: { product_id: 'p-1' },
    };
    await open.push([spend, viewed]);
    const { receipts } = await open.push([
      { ...viewed, message_id: 'spend-1' },
      { ...spend, message_id: 'v-1' },
    ]);
    expect(receipts).toMatchObject([{ status: 'duplicate' }, { status: 'duplicate', qontak_customer_id: '70012' }]);
    expect(await open.all()).toHaveLength(2);
  });

  it('is refused where its message id is pinned to a customer who never got the event', async () => {
    const stream = 'customer-w1.70012';
    const pins: EventPins = {
      pin: (wanted) => open.pins.pin(wanted),
      lookUp: (ids) => Promise.resolve(new Map(ids.map((id) => [id, { event_id: id, stream, after: -1n }]))),
    };
    const push = ingestOn({ ...open, pins }, { counts: { differing: 0, violations: 0 } });
    const { receipts } = await push(ingestRequest([spend]));
    expect(receipts).toMatchObject([{ status: 'quarantined', code: 'message_id_invalid', pointer: '/message_id' }]);
  });
});
