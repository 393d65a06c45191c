import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classify, listContracts } from '../../../contracts/events/registry.js';
import type { Json } from '../../../contracts/json.js';
import { looksPersonal } from '../../../domain/identity/personal-values.js';
import { arbitraryBody } from '../../support/arbitrary-body.js';

describe('classify', () => {
  it('splits a declared body and names its identifiers', () => {
    const body = { first_name: 'Ada', email: 'Ada@mail.example', city: 'Bandung', created_at: '2026-11-22T10:00:00Z' };
    expect(classify('customer.created', body, { looksPersonal })).toEqual({
      plain: { created_at: '2026-11-22T10:00:00Z' },
      direct: { first_name: 'Ada', email: 'Ada@mail.example' },
      special: {},
      quasi: { city: 'Bandung' },
      identifiers: [{ kind: 'email', field: 'email', value: 'Ada@mail.example' }],
      violations: [],
    });
  });

  it('keeps undeclared properties as quasi, and as direct with a violation when they look personal', () => {
    const body = { order_id: '9', note: 'gift', contact: { via: ['ada@mail.example'] }, owners: { '+6281234567890': 1 } };
    const { plain, quasi, direct, violations } = classify('order_created', body, { looksPersonal });
    expect({ plain, quasi }).toEqual({ plain: { order_id: '9' }, quasi: { note: 'gift' } });
    expect(Object.keys(direct)).toEqual(['contact', 'owners']);
    expect(violations.map(({ field }) => field)).toEqual(['contact', 'owners']);
  });

  it('seals texts of class none that look personal, and reports them', () => {
    const body = {
      call_id: 'call +6281234567890',
      agent_id: 'ani@mail.example',
      duration_sec: 5,
      created_at: '2026-11-22T10:00:00Z',
    };
    const { plain, direct, violations } = classify('call_logged', body, { looksPersonal });
    expect(plain).toEqual({ duration_sec: 5, created_at: '2026-11-22T10:00:00Z' });
    expect(direct).toEqual({ call_id: 'call +6281234567890', agent_id: 'ani@mail.example' });
    expect(violations.map(({ field }) => field)).toEqual(['call_id', 'agent_id']);
  });

  it('seals lists of products as quasi, and as direct with a violation when one looks personal', () => {
    const products = [{ product_id: 'p-1', price: '9.95' }];
    const engraved = [{ product_id: 'p-1', engraving: 'ada@mail.example' }];
    expect(classify('order_paid', { products }, { looksPersonal })).toMatchObject({ quasi: { products }, violations: [] });
    expect(classify('order_paid', { products: engraved }, { looksPersonal })).toMatchObject({
      direct: { products: engraved },
      violations: [{ field: 'products' }],
    });
    const named = [{ product_id: 'p-1', '+6281234567890': true }];
    expect(classify('order_paid', { products: named }, { looksPersonal }).direct).toEqual({ products: named });
  });

  it('takes numbers of orders for no phone numbers', () => {
    for (const order_id of ['9', '1700000000123', '20261122000017', 'INV-2026-11-22']) {
      expect(classify('order_created', { order_id }, { looksPersonal }).plain).toEqual({ order_id });
    }
  });

  it.each(listContracts().map((contract) => [contract.type, contract] as const))(
    'keeps in the clear what times, measures and the engine need of %s',
    (_type, { openTexts, timeField, measures, engineFields }) => {
      const needed = [timeField, ...measures.flatMap(({ field, per }) => [field, per]), ...engineFields];
      expect(needed.filter((field) => field !== undefined && openTexts.has(field))).toEqual([]);
    },
  );

  it('takes every property of an unknown type as undeclared', () => {
    const { quasi, direct } = classify('coffee_ordered', { points: 5, wa: '081234567890' }, { looksPersonal });
    expect({ quasi, direct }).toEqual({ quasi: { points: 5 }, direct: { wa: '081234567890' } });
  });

  it.each<[string, Json, 'direct' | 'quasi']>([
    ['ip', '10.0.0.1', 'direct'],
    ['network', { ip: '10.0.0.1' }, 'direct'],
    ['search', 'blue shoes size nine', 'direct'],
    ['page', { title: 'My long letter', path: '/x' }, 'direct'],
    ['contact', 'ada@mail.example', 'direct'],
    ['by_phone', { '+6281234567890': true }, 'direct'],
    ['user_agent', 'Mozilla/5.0 (X11; Linux)', 'quasi'],
    ['locale', 'id-ID', 'quasi'],
    ['library', { name: 'js', version: '1.0.0' }, 'quasi'],
    ['session', 7, 'quasi'],
  ])('takes context.%s = %j as %s', (key, value, part) => {
    const split = classify('purchase', {}, { looksPersonal, context: { [key]: value } });
    expect(split[part]).toEqual({ [`context.${key}`]: value });
    expect(split.violations).toEqual([]);
  });

  it.each(listContracts().map((contract) => [contract.type, contract] as const))('loses nothing of %s', (type, contract) => {
    fc.assert(
      fc.property(arbitraryBody(contract), (body) => {
        const { plain, direct, special, quasi } = classify(type, body, { looksPersonal });
        expect({ ...plain, ...direct, ...special, ...quasi }).toEqual(body);
        const names = [plain, direct, special, quasi].flatMap((part) => Object.keys(part));
        expect(names.sort()).toEqual(Object.keys(body).sort());
      }),
      { numRuns: 25 },
    );
  });
});
