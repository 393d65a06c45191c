import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isEngineError } from '../../../contracts/errors.js';
import { parseRule } from '../../../domain/segment/parse-rule.js';
import { storedRule } from '../../../domain/segment/stored-rule.js';
import { ruleJson, ruleOf, testHash } from '../../support/rules.js';

const eq = { type: 'attribute', field: 'city', op: 'eq', value: 'Mumbai' };
const did = { type: 'behavior', event: 'order_created', op: 'did_event' };

function refusal(json: unknown): readonly [code: string, ...pointers: string[]] {
  try {
    parseRule(json, { hashOf: (_field, value) => testHash(value), pointer: '/rule' });
  } catch (error) {
    if (isEngineError(error)) return [error.code, ...error.places.map(({ pointer }) => pointer)];
    throw error;
  }
  throw new Error('Expected a refusal.');
}

function nested(levels: number, leaf: unknown): unknown {
  let rule = leaf;
  for (let level = 0; level < levels; level += 1) rule = { op: 'AND', rules: [rule] };
  return rule;
}

describe('a segment rule', () => {
  it('is read in the seed form', () => {
    const seed = { op: 'AND', rules: [eq, { ...did, within_days: 30, count_gte: 1 }] };
    expect(ruleOf(seed)).toEqual({
      kind: 'and',
      pointer: '',
      rules: [
        { kind: 'attribute', field: 'city', op: 'eq', value: 'Mumbai', pointer: '/rules/0' },
        { kind: 'behavior', event: 'order_created', op: 'did_event', within_days: 30, count_gte: 1, pointer: '/rules/1' },
      ],
    });
    expect(storedRule(ruleOf(seed))).toEqual(seed);
  });

  it('may be a single test, and takes unknown snake_case and dotted event types', () => {
    expect(ruleOf(eq).kind).toBe('attribute');
    expect(ruleOf({ ...did, event: 'ticket_resolved' }).kind).toBe('behavior');
    expect(ruleOf({ ...did, event: 'campaign.message_opened' }).kind).toBe('behavior');
  });

  it('takes count_gte for 1 where it is absent, also beside count_lte', () => {
    expect(refusal({ ...did, count_lte: 0 })).toEqual(['invalid_input', '/rule/count_lte']);
    expect(ruleOf({ ...did, count_gte: 0, count_lte: 0 }).kind).toBe('behavior');
  });

  it('names every wrong place at once', () => {
    const wrong = {
      op: 'AND',
      rules: [
        { ...eq, value: null },
        { ...eq, op: 'like' },
        { ...did, within_days: 731, count_gte: 1.5, extra: 1 },
        { ...did, event: 'segment.entered' },
        { ...did, count_gte: 3, count_lte: 2 },
        { type: 'other' },
        { op: 'NOT', rules: [eq, eq] },
        { op: 'OR', rules: [] },
        { op: 'XOR', rules: [eq] },
        { ...eq, op: 'gte', value: true },
        { ...eq, op: 'in', value: [] },
        { ...eq, op: 'in', value: ['a', Number.NaN] },
        { ...eq, field: '' },
        'text',
      ],
    };
    expect(refusal(wrong)).toEqual([
      'invalid_input',
      '/rule/rules/0/value',
      '/rule/rules/1/op',
      '/rule/rules/2/extra',
      '/rule/rules/2/within_days',
      '/rule/rules/2/count_gte',
      '/rule/rules/3/event',
      '/rule/rules/4/count_lte',
      '/rule/rules/5/type',
      '/rule/rules/6/rules/1',
      '/rule/rules/7/rules',
      '/rule/rules/8/op',
      '/rule/rules/9/value',
      '/rule/rules/10/value',
      '/rule/rules/11/value',
      '/rule/rules/12/field',
      '/rule/rules/13',
    ]);
  });

  it('has at most 8 levels of groups and 100 tests', () => {
    expect(ruleOf(nested(8, eq)).kind).toBe('and');
    expect(refusal(nested(9, eq))).toEqual(['invalid_input', `/rule${'/rules/0'.repeat(8)}`]);
    expect(refusal(nested(5_000, eq))[0]).toBe('invalid_input');
    expect(ruleOf({ op: 'OR', rules: Array.from({ length: 100 }, () => eq) }).kind).toBe('or');
    expect(refusal({ op: 'OR', rules: Array.from({ length: 5_000 }, () => eq) })).toEqual(['invalid_input', '/rule/rules/100']);
  });

  it('knows people by keyed hash only', () => {
    const hashes = [testHash('ada')];
    const asked = { type: 'attribute', field: 'email', op: 'eq', value: 'ada' };
    expect(ruleOf(asked)).toEqual({ kind: 'identifier', field: 'email', op: 'eq', hashes, pointer: '' });
    const stored = { type: 'attribute', field: 'email', op: 'eq', hashes };
    expect(storedRule(ruleOf(asked))).toEqual(stored);
    expect(ruleOf(stored)).toEqual(ruleOf(asked));
    expect(refusal({ ...asked, value: '!' })).toEqual(['invalid_input', '/rule/value']);
    expect(refusal({ ...stored, hashes: ['ada@mail.example'] })).toEqual(['invalid_input', '/rule/hashes']);
  });

  it('cannot ask for anything else that is personal', () => {
    const field = (name: string, op = 'eq', value: unknown = 'x') => ({ type: 'attribute', field: name, op, value });
    expect(refusal(field('email', 'contains'))).toEqual(['field_not_segmentable', '/rule/op']);
    expect(refusal(field('phone', 'neq'))).toEqual(['field_not_segmentable', '/rule/op']);
    expect(refusal(field('first_name'))).toEqual(['field_not_segmentable', '/rule/field']);
    expect(refusal(field('contact', 'eq', 'ada@mail.example'))).toEqual(['field_not_segmentable', '/rule/value']);
    expect(refusal(field('contact', 'in', ['+6281234567890']))).toEqual(['field_not_segmentable', '/rule/value']);
  });

  it('treats inherited names as ordinary names', () => {
    expect(refusal({ ...eq, type: 'constructor' })).toEqual(['invalid_input', '/rule/type']);
    expect(refusal(JSON.parse('{"op":"AND","rules":[],"__proto__":1}'))).toEqual([
      'invalid_input',
      '/rule/__proto__',
      '/rule/rules',
    ]);
    expect(ruleOf({ ...eq, field: 'constructor' }).kind).toBe('attribute');
  });

  it('is the same rule after it was stored', () => {
    fc.assert(
      fc.property(ruleJson, (json) => {
        const rule = ruleOf(json);
        expect(ruleOf(JSON.parse(JSON.stringify(storedRule(rule))))).toEqual(rule);
      }),
    );
  });

  it('is parsed or refused with a code, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ op: fc.constantFrom('AND', 'NOT'), rules: fc.jsonValue() })), (json) => {
        expect(['invalid_input', 'field_not_segmentable']).toContain(refusal({ op: 'AND', rules: [json, null] })[0]);
      }),
    );
  });
});
