import { describe, expect, it } from '@jest/globals';
import { eventTypeOf } from '../../commands/ingest/segment-protocol/event-type.js';
import { translateCall } from '../../commands/ingest/segment-protocol/translate-call.js';

const receivedAt = Date.parse('2026-11-22T10:00:00Z');
const context = { source: 'shop', sentAt: undefined, receivedAt };
const translated = (call: unknown, more: object = {}) => translateCall(call, { ...context, ...more });
const eventOf = (call: object, more: object = {}): unknown => {
  const entry = translated({ messageId: 'm1', userId: 'u1', ...call }, more);
  return entry.kind === 'json' ? entry.value : entry;
};

describe('a call of the Segment protocol', () => {
  it('that identifies changes the customer: declared traits under their names, all others as attributes', () => {
    const traits = {
      firstName: 'Ada',
      email: 'ada@mail.example',
      phone: 628123456789,
      birthday: '1990-05-06T00:00:00.000Z',
      address: { country: 'ID', city: 'Bandung', street: 'Jl. Asia Afrika 1', postalCode: 40111 },
      plan: 'gold',
      logins: 7,
      company: { name: 'Toko Ada' },
      city: null,
    };
    expect(eventOf({ type: 'identify', anonymousId: 'a1', traits, timestamp: '2026-11-22T09:00:00Z' })).toEqual({
      type: 'customer.updated',
      message_id: 'm1',
      occurred_at: '2026-11-22T09:00:00Z',
      customer: { identifiers: { external_id: 'shop:u1', anonymous_id: 'a1' } },
      properties: {
        first_name: 'Ada',
        email: 'ada@mail.example',
        phone: '628123456789',
        birth_date: '1990-05-06',
        address: 'Jl. Asia Afrika 1, Bandung, 40111, ID',
        city: null,
        country: 'ID',
        plan: 'gold',
        logins: 7,
        company: { name: 'Toko Ada' },
      },
      context: {},
    });
  });

  it('that identifies may say its traits in the context, or twice', () => {
    const traits = { plan: 'pro' };
    const expected = { properties: traits, context: { ip: '192.0.2.1' } };
    for (const call of [{ traits }, { traits: {} }, {}, { traits: null }]) {
      expect(eventOf({ type: 'identify', ...call, context: { ip: '192.0.2.1', traits } })).toMatchObject(expected);
    }
    const differing = { type: 'identify', traits: { plan: 'free' }, context: { traits } };
    expect(eventOf(differing)).toMatchObject({ properties: { plan: 'free' }, context: { traits } });
  });

  it('keeps traits that have no declared form under the names they came with', () => {
    const traits = { birthday: '6 May', firstName: 'Ada', first_name: 'Augusta', address: { city: 'Bandung', planet: 'Earth' } };
    expect(eventOf({ type: 'identify', traits })).toMatchObject({ properties: traits });
  });

  it('that tracks is an event of the contract that its published name stands for', () => {
    const properties = {
      order_id: 9,
      total: 19.9,
      revenue: 18,
      currency: 'USD',
      products: [{ product_id: 'p1', quantity: 2 }, { product_id: 'p2' }],
    };
    expect(eventOf({ type: 'track', event: 'Order Completed', properties, timestamp: '2026-11-22T09:00:00Z' })).toEqual({
      type: 'order_created',
      message_id: 'm1',
      occurred_at: '2026-11-22T09:00:00Z',
      customer: { identifiers: { external_id: 'shop:u1' } },
      properties: {
        order_id: '9',
        amount: 19.9,
        revenue: 18,
        currency: 'USD',
        products: [{ product_id: 'p1', quantity: 2 }, { product_id: 'p2' }],
        quantity: 3,
        created_at: '2026-11-22T09:00:00Z',
      },
      context: { call: { event: 'Order Completed' } },
    });
  });

  it.each([
    ['Product Viewed', { sku: 7, price: 1, currency: 'USD' }, 'product_viewed', { product_id: '7', sku: '7', price: 1 }],
    ['Checkout Started', { order_id: 'o1', value: 5, currency: 'USD' }, 'checkout_started', { checkout_id: 'o1', amount: 5 }],
    ['Checkout Started', { order_id: 'o1', value: 5 }, 'checkout_started', { checkout_id: 'o1', value: 5 }],
    [
      'Cart Abandoned',
      { cart_id: 4, products: [{ id: 1, quantity: 2 }] },
      'cart_abandoned',
      { cart_id: '4', quantity: 2, products: [{ product_id: '1' }] },
    ],
    [
      'Order Refunded',
      { order_id: 'o1', total: 5, currency: 'USD', products: [{ sku: 1 }] },
      'order_refunded',
      { amount: 5, products: [{ product_id: '1' }] },
    ],
    ['Product Added', { cart_id: 4 }, 'product_added', { cart_id: 4 }],
    ['Live Chat Conversation Started', { conversation_id: 4 }, 'chat_started', { conversation_id: '4' }],
  ])('that tracks %s is fitted to its contract', (event, properties, type, fitted) => {
    expect(eventOf({ type: 'track', event, properties })).toMatchObject({ type, properties: fitted });
  });

  it.each([
    ['Signed Up', 'signed_up'],
    ['signedUp', 'signed_up'],
    ['  Viewed  Café-Menu!', 'viewed_cafe_menu'],
    ['2nd Visit', 'event_2nd_visit'],
    ['order_created', 'order_created'],
    ['ad.clicked', 'ad.clicked'],
    ['customer.erased', 'customer.erased'],
    ['checkout.step1', 'checkout_step1'],
    ['Order Completed', 'order_created'],
    ['order_completed', 'order_created'],
    ['constructor', 'constructor'],
    ['注文', ''],
  ])('that tracks %j is an event of type %j', (name, type) => {
    expect(eventTypeOf(name)).toBe(type);
  });

  it('about a page or a screen keeps its name and category among the properties', () => {
    const page = { type: 'page', name: 'Home', category: 'Shop', properties: { path: '/', name: 'other' } };
    expect(eventOf(page)).toMatchObject({
      type: 'page_viewed',
      properties: { path: '/', name: 'other', category: 'Shop' },
      context: { call: { name: 'Home' } },
    });
    expect(eventOf({ type: 'screen', name: 'Cart' })).toMatchObject({ type: 'screen_viewed', properties: { name: 'Cart' } });
  });

  it('about a group says which, and keeps what is known of it apart', () => {
    const group = { type: 'group', groupId: 7, traits: { name: 'Acme' } };
    expect(eventOf(group)).toMatchObject({ type: 'group_joined', properties: { group_id: '7', traits: { name: 'Acme' } } });
  });

  it('about an alias names the id before as that of a user and as that of a visitor', () => {
    expect(eventOf({ type: 'alias', previousId: 'u0', anonymousId: 'a1' })).toMatchObject({
      type: 'customer.aliased',
      customer: { identifiers: { external_id: 'shop:u1', anonymous_id: 'a1' } },
      properties: { previous_id: 'shop:u0', previous_anonymous_id: 'u0' },
    });
  });

  it('loses nothing that it says beside, and keeps no credential', () => {
    const call = {
      type: 'track',
      event: 'signed_up',
      writeKey: 'secret',
      api_key: 'secret',
      sentAt: '2026-11-22T09:00:00Z',
      integrations: { All: false },
      _metadata: {},
      channel: 'server',
      groupId: 'g1',
      context: { campaign: { source: 'mail' }, call: 'taken' },
    };
    const expected = {
      campaign: { source: 'mail' },
      call: 'taken',
      call_: { integrations: { All: false }, channel: 'server', groupId: 'g1' },
    };
    expect(eventOf(call)).toMatchObject({ context: expected });
    expect(JSON.stringify([translated(call), translated({ ...call, type: 'nothing' })])).not.toContain('secret');
  });

  it('is known by what it says, not by when it was sent', () => {
    const at = (sentAt: string) =>
      translated({ type: 'track', event: 'a', messageId: 'm', originalTimestamp: '2026-11-22T08:00:00Z', sentAt });
    const came = [at('2026-11-22T09:00:00Z'), at('2026-11-22T09:59:00Z')].map((entry) => entry.kind === 'json' && entry.came);
    expect(came[0]).toBe(came[1]);
  });

  it.each([
    [
      'its timestamp as it is',
      { timestamp: '2026-11-01T00:00:00Z', originalTimestamp: '2026-11-02T00:00:00Z' },
      '2026-11-01T00:00:00Z',
    ],
    [
      'its original time, moved by how far the clock of the client is off',
      { originalTimestamp: '2026-11-22T08:59:00.500Z', sentAt: '2026-11-22T09:00:00Z' },
      '2026-11-22T09:59:00.500Z',
    ],
    [
      'its original time where it does not say when it was sent',
      { originalTimestamp: '2026-11-22T08:00:00Z' },
      '2026-11-22T08:00:00Z',
    ],
    ['nothing, so that it is the time of receipt', { timestamp: '' }, undefined],
    ['what cannot be read, for ingest to refuse', { originalTimestamp: 'soon', sentAt: '2026-11-22T09:00:00Z' }, 'soon'],
  ])('happened at %s', (_, call, occurred_at) => {
    const event = eventOf({ type: 'track', event: 'a', ...call });
    expect(event).toMatchObject({ type: 'a' });
    expect((event as { readonly occurred_at?: unknown }).occurred_at).toBe(occurred_at);
  });

  it('counts from when its request was sent, unless it says that itself', () => {
    const call = { type: 'track', event: 'a', originalTimestamp: '2026-11-22T08:00:00Z' };
    const sentAt = '2026-11-22T08:30:00Z';
    expect(eventOf(call, { sentAt })).toMatchObject({ occurred_at: '2026-11-22T09:30:00.000Z' });
    expect(eventOf({ ...call, sentAt: '2026-11-22T08:00:00Z' }, { sentAt })).toMatchObject({
      occurred_at: '2026-11-22T10:00:00.000Z',
    });
  });

  it.each([
    ['another kind', { type: 'delete' }, 'call_invalid', '/type'],
    ['no kind', { event: 'a' }, 'call_invalid', '/type'],
    ['a user who is a list', { type: 'track', event: 'a', userId: [1] }, 'identifier_invalid', '/userId'],
    ['a visitor who is an object', { type: 'track', event: 'a', anonymousId: {} }, 'identifier_invalid', '/anonymousId'],
    ['an id before that is true', { type: 'alias', previousId: true }, 'identifier_invalid', '/previousId'],
    ['an event without a name', { type: 'track' }, 'type_missing', '/event'],
    ['an event whose name is a number', { type: 'track', event: 7 }, 'type_missing', '/event'],
    ['an event that names a person', { type: 'track', event: 'Mailed ada@mail.example' }, 'type_personal', '/event'],
    ['an event without a Latin letter', { type: 'track', event: '注文' }, 'type_invalid', '/event'],
    ['properties that are text', { type: 'page', properties: 'a' }, 'properties_invalid', '/properties'],
    ['traits that are a list', { type: 'identify', traits: [] }, 'properties_invalid', '/traits'],
    ['a context that is a list', { type: 'track', event: 'a', context: [] }, 'context_invalid', '/context'],
  ])('of %s is refused, and kept as it came', (_, call, code, pointer) => {
    const entry = translated({ messageId: 'm1', ...call });
    expect(entry).toMatchObject({ kind: 'refused', value: { messageId: 'm1', ...call }, refusal: { ok: false, code, pointer } });
  });
});
