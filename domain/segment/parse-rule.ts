import { ruleLimits } from '../../contracts/segments/rule.js';
import { ownValue } from '../own-value.js';
import { type IdentifierHashes, parseAttribute } from './parse-attribute.js';
import { parseBehavior } from './parse-behavior.js';
import { createRulePlaces, found, refuseOtherFields, type RulePart } from './rule-places.js';
import type { Rule } from './rule.js';

/** What parsing needs to know from outside. */
export interface ParseRuleOptions extends IdentifierHashes {
  /** The JSON pointer of the rule in what was sent, e.g. `/rule`. */
  readonly pointer?: string;
}

/**
 * The rule that the JSON states. Errors: `invalid_input` and `field_not_segmentable`, each with the pointers of all wrong places.
 * Values of direct identifiers become keyed hashes; what `storedRule` made parses to the same rule.
 */
export function parseRule(json: unknown, options: ParseRuleOptions): Rule {
  const places = createRulePlaces();
  let rules = 0;

  function parse(value: unknown, pointer: string, level: number): Rule | null {
    if (!isObject(value)) return places.invalid(pointer, `expected a rule object, found ${found(value)}`);
    const part = { json: value, pointer, places };
    const type = ownValue(value, 'type');
    if (type === undefined) return parseGroup(part, level);
    rules += 1;
    if (rules > ruleLimits.rules) {
      // Said once: the rules behind it are not looked at.
      if (rules === ruleLimits.rules + 1)
        places.invalid(pointer, `expected at most ${String(ruleLimits.rules)} rules, found more`);
      return null;
    }
    if (type === 'attribute') return parseAttribute(part, options);
    if (type === 'behavior') return parseBehavior(part);
    return places.invalid(`${pointer}/type`, `expected "attribute" or "behavior", found ${found(type)}`);
  }

  function parseGroup(part: RulePart, level: number): Rule | null {
    const { json: group, pointer } = part;
    if (level > ruleLimits.levels) {
      return places.invalid(pointer, `expected at most ${String(ruleLimits.levels)} levels of groups, found more`);
    }
    refuseOtherFields(part, ['op', 'rules']);
    const op = ownValue(group, 'op');
    const parts = ownValue(group, 'rules');
    if (op !== 'AND' && op !== 'OR' && op !== 'NOT') {
      return places.invalid(`${pointer}/op`, `expected "AND", "OR" or "NOT" (or a rule with a "type"), found ${found(op)}`);
    }
    if (!Array.isArray(parts)) return places.invalid(`${pointer}/rules`, `expected a list of rules, found ${found(parts)}`);
    if (parts.length === 0) return places.invalid(`${pointer}/rules`, 'expected at least one rule, found none');
    const parsed = parts
      .slice(0, ruleLimits.rules + 1)
      .map((inner, index) => parse(inner, `${pointer}/rules/${String(index)}`, level + 1))
      .filter((rule) => rule !== null);
    if (op !== 'NOT') return { kind: op === 'AND' ? 'and' : 'or', rules: parsed, pointer };
    if (parts.length > 1) return places.invalid(`${pointer}/rules/1`, 'expected one rule under NOT, found more');
    const [rule] = parsed;
    return rule === undefined ? null : { kind: 'not', rule, pointer };
  }

  const rule = parse(json, options.pointer ?? '', 1);
  places.refuse();
  if (rule === null) throw new TypeError('A rule without a complaint has to be there.');
  return rule;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
