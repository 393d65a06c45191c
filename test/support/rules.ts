import fc from 'fast-check';
import { parseRule } from '../../domain/segment/parse-rule.js';
import type { Rule } from '../../domain/segment/rule.js';

/** A rule's JSON, parsed; identifiers hash to their own letters, repeated to the length of a hash. */
export function ruleOf(json: unknown): Rule {
  return parseRule(json, { hashOf: (_field, value) => testHash(value) });
}

/** What `ruleOf` takes for the keyed hash of a value. */
export function testHash(value: string): string | null {
  const letters = value.toLowerCase().replace(/[^a-z2-7]/g, '');
  return letters === '' ? null : letters.repeat(32).slice(0, 32);
}

const scalar = fc.oneof(
  fc.constantFrom('Bandung', 'Jakarta', 'an', 'a', '\u{1F600}', '\uFB01'),
  fc.integer({ min: 0, max: 9 }),
  fc.boolean(),
);
const comparable = fc.oneof(fc.constantFrom('Bandung', 'J', '\uFB01'), fc.integer({ min: 0, max: 9 }));
const field = fc.constantFrom('city', 'plan', 'score', '__proto__', 'constructor', 'never_set');

const attribute = fc.oneof(
  fc.record({ type: fc.constant('attribute'), field, op: fc.constantFrom('eq', 'neq', 'contains'), value: scalar }),
  fc.record({ type: fc.constant('attribute'), field, op: fc.constantFrom('gte', 'lte'), value: comparable }),
  fc.record({
    type: fc.constant('attribute'),
    field,
    op: fc.constant('in'),
    value: fc.array(scalar, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('attribute'),
    field: fc.constant('email'),
    op: fc.constant('eq'),
    value: fc.constantFrom('ada', 'bob'),
  }),
);

const behavior = fc
  .record(
    {
      type: fc.constant('behavior'),
      event: fc.constantFrom('order_created', 'call_logged', 'email_opened', 'never_seen'),
      op: fc.constantFrom('did_event', 'did_not_event'),
      within_days: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(30, 365, 730)),
      count_gte: fc.integer({ min: 0, max: 3 }),
      count_lte: fc.integer({ min: 0, max: 4 }),
    },
    { requiredKeys: ['type', 'event', 'op'] },
  )
  .map((rule) =>
    (rule.count_lte ?? Infinity) < (rule.count_gte ?? 1) ? { ...rule, count_lte: (rule.count_gte ?? 1) + 1 } : rule,
  );

const { tree } = fc.letrec<{ tree: unknown; group: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small', maxDepth: 3 }, behavior, attribute, tie('group')),
  group: fc.oneof(
    fc.record({ op: fc.constantFrom('AND', 'OR'), rules: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    tie('tree').map((rule) => ({ op: 'NOT', rules: [rule] })),
  ),
}));

/** The JSON of any rule over what `customerStream` makes up. */
export const ruleJson: fc.Arbitrary<unknown> = tree;

/** Behaviour rules alone, with windows of a week or so. */
export const shortWindowRules: fc.Arbitrary<unknown> = fc
  .array(
    behavior.map((rule) => ({ ...rule, event: 'order_created', within_days: ((rule.within_days ?? 3) % 7) + 1 })),
    { minLength: 1, maxLength: 3 },
  )
  .chain((rules) => fc.constantFrom({ op: 'AND', rules }, { op: 'OR', rules }, { op: 'NOT', rules: rules.slice(0, 1) }));
