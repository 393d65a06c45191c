import { describe, expect, it } from '@jest/globals';
import { segmentRuleSchema } from '../../../contracts/segments/rule.js';

const attribute = { type: 'attribute', field: 'city', op: 'eq', value: 'Mumbai' };
const behavior = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 30, count_gte: 1 };

describe('the form of a segment rule', () => {
  it.each<[string, unknown]>([
    ['the seed form', { op: 'AND', rules: [attribute, behavior] }],
    ['one rule alone', attribute],
    [
      'groups in groups',
      {
        op: 'OR',
        rules: [
          { op: 'NOT', rules: [behavior] },
          { ...attribute, op: 'in', value: ['a', 1, true] },
        ],
      },
    ],
    ['a window of 730 days', { ...behavior, within_days: 730 }],
  ])('takes %s', (_what, rule) => {
    expect(segmentRuleSchema.safeParse(rule)).toEqual({ success: true, data: rule });
  });

  it.each<[string, unknown]>([
    ['an empty group', { op: 'AND', rules: [] }],
    ['NOT with two rules', { op: 'NOT', rules: [attribute, behavior] }],
    ['an unknown operator', { ...attribute, op: 'like' }],
    ['a field that does not belong', { ...attribute, extra: 1 }],
    ['a list where one value belongs', { ...attribute, value: ['a'] }],
    ['a window of 731 days', { ...behavior, within_days: 731 }],
    ['events of segments', { ...behavior, event: 'segment.entered' }],
    ['null', { ...attribute, value: null }],
  ])('refuses %s', (_what, rule) => {
    expect(segmentRuleSchema.safeParse(rule).success).toBe(false);
  });
});
