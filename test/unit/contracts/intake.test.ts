import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classify, parseIntake } from '../../../contracts/events/registry.js';
import { looksPersonal } from '../../../domain/identity/personal-values.js';
import { anyJson } from '../../support/arbitrary-body.js';

const options = { looksPersonal };
const order = { order_id: '9', amount: '19.90', currency: 'USD', created_at: '2026-11-22T10:00:00+07:00' };

function deep(levels: number): unknown {
  let value: unknown = 'end';
  for (let level = 0; level < levels; level += 1) value = { inner: value };
  return value;
}

describe('taking in properties', () => {
  it('stores an order in minor units, with its own time', () => {
    expect(parseIntake('order_created', { ...order, currency: 'usd', coupon: 'NOV' }, options)).toEqual({
      ok: true,
      body: { order_id: '9', amount_minor: 1990, currency: 'USD', created_at: order.created_at, coupon: 'NOV' },
      declared: true,
      schemaVersion: 1,
      occurredAt: '2026-11-22T03:00:00.000Z',
      identifiers: [],
    });
  });

  it('keeps an unknown snake_case type as it comes', () => {
    const properties = { points: 5, amount: '1.5', tags: ['a'], nested: { deep: [1] } };
    expect(parseIntake('coffee_ordered', properties, options)).toEqual({
      ok: true,
      body: properties,
      declared: false,
      schemaVersion: 1,
      identifiers: [],
    });
  });

  it.each<[string, string, unknown, string, string | undefined]>([
    [
      'an amount with too many decimals',
      'order_created',
      { ...order, amount: '19.999' },
      'amount_too_precise',
      '/properties/amount',
    ],
    ['an amount that is no decimal', 'order_created', { ...order, amount: 'free' }, 'amount_invalid', '/properties/amount'],
    [
      'an amount that is no number or text',
      'order_created',
      { ...order, amount: true },
      'contract_violated',
      '/properties/amount',
    ],
    ['a missing amount', 'order_created', { ...order, amount: undefined }, 'contract_violated', '/properties/amount'],
    ['an unknown currency', 'order_created', { ...order, currency: 'XYZ' }, 'currency_unknown', '/properties/currency'],
    [
      'a day that does not exist',
      'order_created',
      { ...order, created_at: '2026-02-30T10:00:00Z' },
      'contract_violated',
      '/properties/created_at',
    ],
    [
      'a time without offset',
      'order_created',
      { ...order, created_at: '2026-02-28T10:00:00' },
      'contract_violated',
      '/properties/created_at',
    ],
    [
      'a time beyond the year 9999',
      'order_created',
      { ...order, created_at: '9999-12-31T23:59:59-10:00' },
      'contract_violated',
      '/properties/created_at',
    ],
    ['an id that is a number', 'order_created', { ...order, order_id: 9 }, 'contract_violated', '/properties/order_id'],
    [
      'a field that only the log has',
      'order_created',
      { ...order, amount_minor: 5 },
      'property_name_reserved',
      '/properties/amount_minor',
    ],
    [
      'a field of the engine',
      'campaign.message_opened',
      { campaign_id: 'c', run: 'r1' },
      'property_name_reserved',
      '/properties/run',
    ],
    ['a campaign without its id', 'campaign.message_opened', {}, 'contract_violated', '/properties/campaign_id'],
    ['a type of the engine', 'segment.defined', {}, 'type_reserved', '/type'],
    ['an undeclared dotted type', 'loyalty.joined', {}, 'type_reserved', '/type'],
    ['a name that is no type', 'Order Created', {}, 'type_invalid', '/type'],
    ['properties that are a list', 'purchase', [], 'properties_invalid', '/properties'],
    ['properties that are text', 'purchase', 'x', 'properties_invalid', '/properties'],
    ['an empty name', 'purchase', { '': 1 }, 'property_name_invalid', '/properties/'],
    ['a name with NUL', 'purchase', { 'a\0': 1 }, 'property_name_invalid', '/properties/a\0'],
    ['a name with NUL further in', 'purchase', { a: [{ 'b\0c': 1 }] }, 'property_name_invalid', '/properties/a/0/b\0c'],
    ['a name of the language', 'purchase', { constructor: 1 }, 'property_name_reserved', '/properties/constructor'],
    ['__proto__', 'purchase', JSON.parse('{"__proto__": {"admin": true}}'), 'property_name_reserved', '/properties/__proto__'],
    [
      '__proto__ further in',
      'purchase',
      JSON.parse('{"a/b": {"__proto__": 1}}'),
      'property_name_reserved',
      '/properties/a~1b/__proto__',
    ],
    ['a name that would pass for context', 'purchase', { 'context.ip': 1 }, 'property_name_reserved', '/properties/context.ip'],
    ['a personal name, not repeated', 'purchase', { 'ada@mail.example': 1 }, 'property_name_personal', '/properties'],
    ['a null in a list', 'purchase', { tags: ['a', null] }, 'properties_invalid', '/properties/tags/1'],
    [
      'a pointer cut before a personal name',
      'purchase',
      { by: { 'ada@mail.example': [null] } },
      'properties_invalid',
      '/properties/by',
    ],
    ['a number that JSON cannot carry', 'purchase', { n: Number('1e999') }, 'properties_invalid', '/properties/n'],
    ['more than 20 levels', 'purchase', deep(21), 'event_too_deep', '/properties' + '/inner'.repeat(20)],
    ['a nesting of 5,000', 'purchase', deep(5_000), 'event_too_deep', '/properties' + '/inner'.repeat(20)],
    [
      'a personal name under unset',
      'customer.updated',
      { unset: ['plan', 'ada@mail.example'] },
      'property_name_personal',
      '/properties/unset/1',
    ],
  ])('refuses %s', (_what, type, properties, code, pointer) => {
    expect(parseIntake(type, properties, options)).toMatchObject({ ok: false, code, pointer });
  });

  it('takes 20 levels', () => {
    expect(parseIntake('purchase', deep(20), options)).toMatchObject({ ok: true });
  });

  it('never repeats a value in what it says', () => {
    const secret = 'ada@mail.example';
    const answers = [
      parseIntake('order_created', { ...order, created_at: secret }, options),
      parseIntake('consent.granted', { channel: secret, purpose: 'x' }, options),
      parseIntake('suppression.added', { reason: secret }, options),
      parseIntake('order_created', { ...order, currency: secret }, options),
    ];
    expect(answers.map(({ ok }) => ok)).toEqual([false, false, false, false]);
    expect(JSON.stringify(answers)).not.toContain('ada@');
  });

  it('takes null as no value, and for customer.updated as an attribute to remove', () => {
    expect(parseIntake('purchase', { a: null, b: { c: null, d: 1 } }, options)).toMatchObject({
      ok: true,
      body: { b: { d: 1 } },
    });
    expect(parseIntake('customer.updated', { plan: null, city: 'Jakarta', unset: ['age'] }, options)).toMatchObject({
      ok: true,
      body: { city: 'Jakarta', unset: ['age', 'plan'] },
    });
  });

  it('fills identifiers of the envelope into customer.created only', () => {
    const identifiers = { email: 'ada@mail.example', anonymous_id: 'x' };
    expect(parseIntake('customer.created', { city: 'Bandung' }, { ...options, identifiers })).toMatchObject({
      body: { city: 'Bandung', email: 'ada@mail.example' },
      identifiers: [{ kind: 'email', field: 'email', value: 'ada@mail.example' }],
    });
    expect(parseIntake('customer.created', { email: 'b@mail.example' }, { ...options, identifiers })).toMatchObject({
      body: { email: 'b@mail.example' },
    });
    expect(parseIntake('customer.updated', { city: 'Bandung' }, { ...options, identifiers })).toMatchObject({
      body: { city: 'Bandung' },
      identifiers: [],
    });
  });

  it('brings an older version up to date and refuses one it does not know', () => {
    const old = { call_id: 'c', agent_id: 'a', duration: '02:05', note: 'Hello', created_at: order.created_at };
    expect(parseIntake('call_logged', old, { ...options, schemaVersion: 1 })).toMatchObject({
      ok: true,
      schemaVersion: 2,
      body: { duration_sec: 125, notes: 'Hello' },
    });
    expect(parseIntake('call_logged', old, { ...options, schemaVersion: 3 })).toMatchObject({
      ok: false,
      code: 'schema_version_unknown',
    });
  });

  it('takes any JSON without failing, and classifying loses nothing of it', () => {
    const properties = fc.dictionary(fc.string(), fc.oneof(anyJson, fc.jsonValue()), { maxKeys: 6 });
    fc.assert(
      fc.property(properties, fc.constantFrom('purchase', 'customer.updated', 'order_created'), (value, type) => {
        const taken = parseIntake(type, value, options);
        if (!taken.ok) return;
        const { plain, direct, special, quasi } = classify(type, taken.body, options);
        expect({ ...plain, ...direct, ...special, ...quasi }).toEqual(taken.body);
      }),
    );
  });
});
