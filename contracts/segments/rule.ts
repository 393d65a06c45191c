import { z } from 'zod';

/** What one rule tree may hold; deeper groups, more rules and longer windows are refused where the rule is parsed (`domain/segment`). */
export const ruleLimits = { levels: 8, rules: 100, withinDays: 730, listedValues: 1_000, textLength: 1_000 } as const;

const field = z.string().min(1).max(128).describe('An attribute of the profile.');
const scalar = z.union([z.string().max(ruleLimits.textLength), z.number(), z.boolean()]);
const comparable = z.union([z.string().max(ruleLimits.textLength), z.number()]);
const occurrences = z.int().min(0).max(1_000_000_000);
const attribute = z.literal('attribute');

/** A test of one attribute. */
export const attributeRuleSchema = z.union([
  z.strictObject({ type: attribute, field, op: z.enum(['eq', 'neq', 'contains']), value: scalar }),
  z.strictObject({ type: attribute, field, op: z.literal('in'), value: z.array(scalar).min(1).max(ruleLimits.listedValues) }),
  z.strictObject({ type: attribute, field, op: z.enum(['gte', 'lte']), value: comparable }),
  z
    .strictObject({
      type: attribute,
      field: z.enum(['email', 'phone', 'external_id']),
      op: z.enum(['eq', 'in']),
      hashes: z
        .array(z.string().regex(/^[a-z2-7]{32}$/))
        .min(1)
        .max(ruleLimits.listedValues),
    })
    .describe('A direct identifier as rules are kept and answered: keyed hashes in place of the value that was sent.'),
]);

/** A test of how often something happened; without `within_days`: ever; without `count_gte`: at least once. */
export const behaviorRuleSchema = z.strictObject({
  type: z.literal('behavior'),
  event: z
    .string()
    .regex(/^(?!segment\.)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$/)
    .max(128)
    .describe('An event type of the customer.'),
  op: z.enum(['did_event', 'did_not_event']),
  within_days: z.exactOptional(z.int().min(1).max(ruleLimits.withinDays)).describe('Local calendar days, today included.'),
  count_gte: z.exactOptional(occurrences),
  count_lte: z.exactOptional(occurrences),
});

export type WireAttributeRule = z.infer<typeof attributeRuleSchema>;
export type WireBehaviorRule = z.infer<typeof behaviorRuleSchema>;
export type WireRuleGroup = { op: 'AND' | 'OR'; rules: WireSegmentRule[] } | { op: 'NOT'; rules: WireSegmentRule[] };

/** A rule as people and programs write it. */
export type WireSegmentRule = WireRuleGroup | WireAttributeRule | WireBehaviorRule;

const rules = z.lazy(() => z.array(segmentRuleSchema).min(1));

/** The form of a rule, for JSON Schema and OpenAPI; what is wrong in a rule that was sent is said by the parser, with pointers. */
export const segmentRuleSchema: z.ZodType<WireSegmentRule> = z
  .union([
    z.strictObject({ op: z.enum(['AND', 'OR']), rules }),
    z.strictObject({ op: z.literal('NOT'), rules: z.lazy(() => z.array(segmentRuleSchema).length(1)) }),
    attributeRuleSchema,
    behaviorRuleSchema,
  ])
  .meta({ id: 'SegmentRule' });
