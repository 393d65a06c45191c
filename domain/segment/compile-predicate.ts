import type { Json } from '../../contracts/json.js';
import { ownValue } from '../own-value.js';
import { compareText } from './compare-text.js';
import { countEvents } from './count-events.js';
import { dayWindow, type LocalDay } from './local-day.js';
import { type AttributeRule, type BehaviorRule, boundsOf, type Rule } from './rule.js';
import type { RuleProfile } from './rule-profile.js';

/** Whether a profile meets a rule. */
export type ProfilePredicate = (profile: RuleProfile) => boolean;

/** The rule as a function, for one local day: it decides who is in a segment. */
export function compilePredicate(rule: Rule, today: LocalDay): ProfilePredicate {
  switch (rule.kind) {
    case 'and': {
      const all = rule.rules.map((part) => compilePredicate(part, today));
      return (profile) => all.every((holds) => holds(profile));
    }
    case 'or': {
      const any = rule.rules.map((part) => compilePredicate(part, today));
      return (profile) => any.some((holds) => holds(profile));
    }
    case 'not': {
      const holds = compilePredicate(rule.rule, today);
      return (profile) => !holds(profile);
    }
    case 'attribute':
      return compileAttribute(rule);
    case 'identifier': {
      const hashes = new Set(rule.hashes);
      return (profile) => hashes.has(ownValue(profile.hashes, rule.field) ?? '');
    }
    case 'behavior':
      return compileBehavior(rule, today);
  }
}

function compileAttribute(rule: AttributeRule): ProfilePredicate {
  const { field } = rule;
  const test = valueTest(rule);
  // What is missing passes no test, and so passes the negated one.
  const holds: ProfilePredicate = (profile) => {
    const value = ownValue(profile.attributes, field);
    return value !== undefined && test(value);
  };
  return rule.op === 'neq' ? (profile) => !holds(profile) : holds;
}

/** The positive test of an attribute; a list passes if one of its elements does. */
function valueTest(rule: AttributeRule): (value: Json) => boolean {
  switch (rule.op) {
    case 'eq':
    case 'neq':
      return someElement((value) => value === rule.value);
    case 'in': {
      const values: ReadonlySet<Json> = new Set(rule.values);
      return someElement((value) => values.has(value));
    }
    case 'contains': {
      const { value: part } = rule;
      const isElement = (value: Json): boolean => isList(value) && value.includes(part);
      if (typeof part !== 'string') return isElement;
      return (value) => (typeof value === 'string' ? value.includes(part) : isElement(value));
    }
    case 'gte':
      return someElement((value) => compare(value, rule.value) >= 0);
    case 'lte':
      return someElement((value) => compare(value, rule.value) <= 0);
  }
}

function someElement(test: (value: Json) => boolean): (value: Json) => boolean {
  return (value) => (isList(value) ? value.some(test) : test(value));
}

/** NaN, which is neither above nor below, for values of different types. */
function compare(value: Json, other: string | number): number {
  if (typeof value === 'number' && typeof other === 'number') return value - other;
  return typeof value === 'string' && typeof other === 'string' ? compareText(value, other) : NaN;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function compileBehavior(rule: BehaviorRule, today: LocalDay): ProfilePredicate {
  const { event, op, within_days } = rule;
  const { min, max } = boundsOf(rule);
  const window = within_days === undefined ? null : dayWindow(today, within_days);
  return (profile) => {
    const count = countEvents(ownValue(profile.events, event), window);
    return (count >= min && count <= max) === (op === 'did_event');
  };
}
