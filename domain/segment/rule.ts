/** A value that a rule compares with. */
export type RuleValue = string | number | boolean;

/** Tests one attribute of the profile. */
export type AttributeRule = { readonly kind: 'attribute'; readonly field: string; readonly pointer: string } & (
  | { readonly op: 'eq' | 'neq' | 'contains'; readonly value: RuleValue }
  | { readonly op: 'in'; readonly values: readonly RuleValue[] }
  | { readonly op: 'gte' | 'lte'; readonly value: string | number }
);

/** Tests a direct identifier: true when its current keyed hash is one of these. */
export interface IdentifierRule {
  readonly kind: 'identifier';
  readonly field: IdentifierField;
  readonly op: 'eq' | 'in';
  readonly hashes: readonly string[];
  readonly pointer: string;
}

/** Tests how often an event type happened, ever or in a window of local calendar days that ends with the day of the evaluation. */
export interface BehaviorRule {
  readonly kind: 'behavior';
  readonly event: string;
  readonly op: 'did_event' | 'did_not_event';
  readonly within_days?: number;
  readonly count_gte?: number;
  readonly count_lte?: number;
  readonly pointer: string;
}

export interface GroupRule {
  readonly kind: 'and' | 'or';
  readonly rules: readonly Rule[];
  readonly pointer: string;
}

export interface NotRule {
  readonly kind: 'not';
  readonly rule: Rule;
  readonly pointer: string;
}

/** A segment rule, checked; `pointer` is the JSON pointer of each part in what was written. */
export type Rule = AttributeRule | IdentifierRule | BehaviorRule | GroupRule | NotRule;

/** The fields whose value is personal and known by a keyed hash. */
export const identifierFields = ['email', 'phone', 'external_id'] as const;
export type IdentifierField = (typeof identifierFields)[number];

/** How often the event has to have happened: at least `min` and at most `max` times. `did_not_event` holds where that is false. */
export function boundsOf(rule: BehaviorRule): { readonly min: number; readonly max: number } {
  return { min: rule.count_gte ?? 1, max: rule.count_lte ?? Infinity };
}

/** The rule and all rules in it, each before its parts. */
export function flattenRule(rule: Rule): readonly Rule[] {
  switch (rule.kind) {
    case 'and':
    case 'or':
      return [rule, ...rule.rules.flatMap(flattenRule)];
    case 'not':
      return [rule, ...flattenRule(rule.rule)];
    case 'attribute':
    case 'identifier':
    case 'behavior':
      return [rule];
  }
}
