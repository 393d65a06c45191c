import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findContract } from '../../../../contracts/events/event-contracts.js';
import type { Json, JsonObject } from '../../../../contracts/json.js';
import { planModes, propertyTypes, type TrackingPlan } from '../../../../contracts/tracking-plans/tracking-plan.js';
import { judge } from '../../../../domain/tracking-plan/judge.js';
import { anyJson } from '../../../support/arbitrary-body.js';

const order = (properties: JsonObject) => ({ type: 'order_created', contract: findContract('order_created'), properties });
const cart = (properties: JsonObject) => ({ type: 'cart_seen', contract: undefined, properties });
const stored = { order_id: '9', amount_minor: 1990, currency: 'USD', created_at: '2026-11-22T10:00:00Z' };

describe('a tracking plan', () => {
  it('without modes accepts everything', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), anyJson), (properties) => {
        expect(judge({}, cart(properties))).toEqual([]);
        expect(
          judge({ types: { cart_seen: { properties: { items: { type: 'integer', required: true } } } } }, cart(properties)),
        ).toEqual([]);
      }),
    );
  });

  it('says of a type that it does not name only that, and nothing of one that has a contract', () => {
    const plan: TrackingPlan = { unknown_types: 'block', unknown_properties: 'warn' };
    expect(judge(plan, cart({ items: 1 }))).toEqual([{ kind: 'unknown_type', mode: 'block' }]);
    expect(judge(plan, order(stored))).toEqual([]);
  });

  it('knows the properties of the contract by their names on the wire', () => {
    const plan: TrackingPlan = {
      unknown_properties: 'warn',
      missing_properties: 'quarantine',
      types: { order_created: { properties: { amount: { required: true }, quantity: { required: true }, coupon: {} } } },
    };
    expect(judge(plan, order({ ...stored, coupon: 'x', colour: 'red' }))).toEqual([
      { kind: 'missing_property', field: 'quantity', mode: 'quarantine' },
      { kind: 'unknown_property', field: 'colour', mode: 'warn' },
    ]);
  });

  it('lets a type have modes of its own, and puts the hardest first', () => {
    const plan: TrackingPlan = {
      unknown_properties: 'warn',
      missing_properties: 'warn',
      types: {
        cart_seen: { properties: { items: { required: true } }, missing_properties: 'block', unknown_properties: 'accept' },
      },
    };
    expect(judge(plan, cart({ other: 1 }))).toEqual([{ kind: 'missing_property', field: 'items', mode: 'block' }]);
  });

  const examples: Readonly<Record<(typeof propertyTypes)[number], Json>> = {
    string: 'a',
    number: 1.5,
    integer: 2,
    boolean: false,
    datetime: '2026-11-22T10:00:00+07:00',
    list: [1],
    object: { a: 1 },
  };
  const also: Readonly<Partial<Record<(typeof propertyTypes)[number], readonly string[]>>> = {
    number: ['integer'],
    string: ['datetime'],
  };
  it.each(propertyTypes)('takes %s for nothing else', (type) => {
    const plan: TrackingPlan = { wrong_types: 'warn', types: { cart_seen: { properties: { value: { type } } } } };
    for (const [name, value] of Object.entries(examples)) {
      const fits = name === type || (also[type] ?? []).includes(name);
      expect([name, judge(plan, cart({ value })).length]).toEqual([name, fits ? 0 : 1]);
    }
    expect(judge(plan, cart({}))).toEqual([]);
  });

  it('names what stood there in words, never the value', () => {
    const plan: TrackingPlan = { wrong_types: 'warn', types: { cart_seen: { properties: { at: { type: 'datetime' } } } } };
    expect(judge(plan, cart({ at: 'last tuesday' }))).toEqual([
      { kind: 'wrong_type', field: 'at', found: 'text that is no time', mode: 'warn' },
    ]);
    expect(judge(plan, cart({ at: ['x'] }))).toMatchObject([{ found: 'a list' }]);
  });

  it('finds the same whatever hard mode is chosen', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...planModes.slice(1)),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), anyJson),
        (mode, properties) => {
          const types = { cart_seen: { properties: { a: { type: 'string', required: true } } } } as const;
          const findings = judge(
            { unknown_properties: mode, missing_properties: mode, wrong_types: mode, types },
            cart(properties),
          );
          const unknown = Object.keys(properties).filter((name) => name !== 'a').length;
          const value = properties['a'];
          expect(findings).toHaveLength(unknown + (typeof value === 'string' ? 0 : 1));
        },
      ),
    );
  });
});
