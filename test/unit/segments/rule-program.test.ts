import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DecodedEvent } from '../../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../../contracts/json.js';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { compileRule } from '../../../domain/segment/rule-program.js';
import { matchesFilter } from '../../../stores/document-store/matches-filter.js';
import { decodedEvent } from '../../support/decoded-events.js';
import { customerStream, foldProfile } from '../../support/profiles.js';
import { holdsByHand } from '../../support/rule-by-hand.js';
import { ruleJson, ruleOf, testHash } from '../../support/rules.js';

const zones = ['UTC', 'Europe/Berlin', 'Asia/Jakarta', 'America/Sao_Paulo', 'Pacific/Apia'];
const noon = Date.parse('2026-11-22T12:00:00.000Z');
const now = { instant: noon, zone: 'UTC' };

function profileOf(log: readonly DecodedEvent[], zone = 'UTC'): ProfileDocument {
  const profile = foldProfile(log, zone);
  if (profile === null) throw new Error('Expected a profile.');
  return profile;
}

function withAttributes(data: JsonObject): ProfileDocument {
  return profileOf([decodedEvent({ type: 'customer.created', stream: 'customer-w1.1', at: '2026-11-01T00:00:00.000Z', data })]);
}

function withOrders(...times: readonly string[]): ProfileDocument {
  return profileOf(times.map((at, revision) => decodedEvent({ type: 'order_created', stream: 'customer-w1.1', at, revision })));
}

const holds = (json: unknown, profile: ProfileDocument, time = now): boolean => compileRule(ruleOf(json)).matches(profile, time);
const attribute = (op: string, value: unknown) => ({ type: 'attribute', field: 'x', op, value });
const did = (more: object = {}) => ({ type: 'behavior', event: 'order_created', op: 'did_event', ...more });

describe('a rule over attributes', () => {
  it('fails on what is missing and on other types, and neq is its opposite', () => {
    const others: readonly JsonObject[] = [
      {},
      { x: 'b' },
      { x: 1 },
      { x: true },
      { x: ['b'] },
      { x: { a: 'a' } },
      { x: [['a']] },
    ];
    for (const other of others) {
      expect(holds(attribute('eq', 'a'), withAttributes(other))).toBe(false);
      expect(holds(attribute('in', ['a', 2]), withAttributes(other))).toBe(false);
      expect(holds(attribute('neq', 'a'), withAttributes(other))).toBe(true);
    }
    for (const same of [{ x: 'a' }, { x: ['b', 'a'] }]) {
      expect(holds(attribute('eq', 'a'), withAttributes(same))).toBe(true);
      expect(holds(attribute('in', ['a', 2]), withAttributes(same))).toBe(true);
      expect(holds(attribute('neq', 'a'), withAttributes(same))).toBe(false);
    }
    expect(holds(attribute('eq', 1), withAttributes({ x: '1' }))).toBe(false);
  });

  it('finds texts in texts, with their case, and elements in lists', () => {
    expect(holds(attribute('contains', 'and'), withAttributes({ x: 'Bandung' }))).toBe(true);
    expect(holds(attribute('contains', 'band'), withAttributes({ x: 'Bandung' }))).toBe(false);
    expect(holds(attribute('contains', 'and'), withAttributes({ x: ['Bandung'] }))).toBe(false);
    expect(holds(attribute('contains', 'Bandung'), withAttributes({ x: ['Bandung'] }))).toBe(true);
    expect(holds(attribute('contains', 1), withAttributes({ x: 1 }))).toBe(false);
    expect(holds(attribute('contains', 1), withAttributes({ x: [1] }))).toBe(true);
  });

  it('compares numbers with numbers and texts with texts, by code point', () => {
    expect(holds(attribute('gte', 5), withAttributes({ x: 5 }))).toBe(true);
    expect(holds(attribute('gte', 5), withAttributes({ x: '6' }))).toBe(false);
    expect(holds(attribute('lte', '5'), withAttributes({ x: 4 }))).toBe(false);
    expect(holds(attribute('lte', '2026-11-22'), withAttributes({ x: '2026-11-21' }))).toBe(true);
    expect(holds(attribute('gte', '\uFB01'), withAttributes({ x: '\u{1F600}' }))).toBe(true);
    expect(holds(attribute('gte', 5), withAttributes({}))).toBe(false);
    expect(holds({ op: 'NOT', rules: [attribute('gte', 5)] }, withAttributes({}))).toBe(true);
  });
});

describe('a rule over behaviour', () => {
  it('counts today and the days before it in the workspace’s zone', () => {
    const profile = withOrders('2026-11-16T00:00:00.000Z');
    expect(holds(did({ within_days: 7 }), profile)).toBe(true);
    expect(holds(did({ within_days: 6 }), profile)).toBe(false);
    expect(holds(did({ within_days: 7 }), profile, { instant: Date.parse('2026-11-22T23:59:59.999Z'), zone: 'UTC' })).toBe(true);
    expect(holds(did({ within_days: 7 }), profile, { instant: Date.parse('2026-11-23T00:00:00.000Z'), zone: 'UTC' })).toBe(false);
  });

  it('counts at least once unless told otherwise, and did_not_event is the opposite', () => {
    const two = withOrders('2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z');
    expect(holds(did(), two)).toBe(true);
    expect(holds(did({ count_gte: 3 }), two)).toBe(false);
    expect(holds(did({ count_lte: 1 }), two)).toBe(false);
    expect(holds(did({ count_gte: 2, count_lte: 2, within_days: 30 }), two)).toBe(true);
    expect(holds({ ...did({ count_gte: 3 }), op: 'did_not_event' }, two)).toBe(true);
    expect(holds({ ...did(), op: 'did_not_event', event: 'call_logged' }, two)).toBe(true);
    expect(holds({ ...did({ count_lte: 1 }), event: 'call_logged' }, two)).toBe(false);
    expect(holds({ ...did({ count_gte: 0, count_lte: 0 }), event: 'call_logged' }, two)).toBe(true);
  });

  it('counts events of tomorrow from tomorrow on', () => {
    const profile = withOrders('2026-11-23T00:05:00.000Z');
    const rule = compileRule(ruleOf(did({ within_days: 1 })));
    expect(rule.matches(profile, now)).toBe(false);
    expect(rule.nextDue(profile, now)).toBe(Date.parse('2026-11-23T00:00:00.000Z'));
  });
});

describe('a compiled rule', () => {
  const asked = fc.record({
    json: ruleJson,
    log: customerStream('1'),
    zone: fc.constantFrom(...zones),
    back: fc.integer({ min: 0, max: 8 * 24 }),
  });

  it('says of a profile what plain counting over the raw events says', () => {
    fc.assert(
      fc.property(asked, ({ json, log, zone, back }) => {
        // Never before the newest event by more than the ten minutes that ingest lets pass: such questions are not asked.
        const newest = Math.max(...log.map(({ metadata }) => Date.parse(metadata.occurred_at)));
        const time = { instant: newest - 600_000 + back * 3_600_000, zone };
        const byHand = holdsByHand(ruleOfTests(json), log, { ...time, hashOf: testHash });
        expect(holds(json, profileOf(log, zone), time)).toBe(byHand);
      }),
      { numRuns: 3_000 },
    );
  });

  it('lets its filter pass every profile that it matches, also under NOT', () => {
    fc.assert(
      fc.property(asked, ({ json, log, zone, back }) => {
        const time = { instant: noon - back * 3_600_000, zone };
        const profile = profileOf(log, zone);
        for (const rule of [json, { op: 'NOT', rules: [json] }]) {
          const program = compileRule(ruleOf(rule));
          if (program.matches(profile, time)) expect(matchesFilter(program.filterAt(time), profile)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('has a filter that narrows where a store can say it', () => {
    const filterOf = (json: unknown) => compileRule(ruleOf(json)).filterAt(now);
    const path = ['events', 'order_created', 'total'];
    const last = ['events', 'order_created', 'last'];
    expect(filterOf({ op: 'AND', rules: [attribute('eq', 'gold'), did({ within_days: 30 })] })).toEqual({
      kind: 'and',
      filters: [
        { kind: 'eq', path: ['attributes', 'x'], value: 'gold' },
        { kind: 'range', path, gte: 1 },
        { kind: 'range', path: last, gte: '2026-10-24T00:00:00.000Z' },
      ],
    });
    expect(filterOf({ ...did({ within_days: 30 }), op: 'did_not_event' })).toEqual({
      kind: 'not',
      filter: { kind: 'range', path: last, gte: '2026-10-24T00:00:00.000Z', lt: '2026-11-23T00:00:00.000Z' },
    });
    expect(filterOf({ op: 'NOT', rules: [did({ within_days: 30, count_gte: 2 })] })).toEqual({ kind: 'all' });
    expect(filterOf({ op: 'NOT', rules: [did({ count_gte: 2 })] })).toEqual({
      kind: 'not',
      filter: { kind: 'range', path, gte: 2 },
    });
  });

  it('explains each of its parts', () => {
    const program = compileRule(ruleOf({ op: 'AND', rules: [attribute('eq', 'gold'), { op: 'NOT', rules: [did()] }] }));
    expect(program.explain(withAttributes({ x: 'gold' }), now)).toEqual([
      { pointer: '', holds: true },
      { pointer: '/rules/0', holds: true },
      { pointer: '/rules/1', holds: true },
      { pointer: '/rules/1/rules/0', holds: false },
    ]);
  });
});

function ruleOfTests(json: unknown): Parameters<typeof holdsByHand>[0] {
  // The arbitrary makes nothing else.
  return json as Parameters<typeof holdsByHand>[0];
}
