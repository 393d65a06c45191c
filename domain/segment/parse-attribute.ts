import { ruleLimits } from '../../contracts/segments/rule.js';
import { looksPersonal } from '../identity/personal-values.js';
import { ownValue } from '../own-value.js';
import { fieldClass } from './field-class.js';
import { found, refuseOtherFields, type RulePart } from './rule-places.js';
import { type AttributeRule, type IdentifierField, identifierFields, type IdentifierRule, type RuleValue } from './rule.js';

const operators = ['eq', 'neq', 'in', 'contains', 'gte', 'lte'] as const;
type Operator = (typeof operators)[number];

/** How rules name a person without holding the name. */
export interface IdentifierHashes {
  /** The keyed hash of an identifier's normalised value; null for a value that identifies nobody. */
  hashOf(field: IdentifierField, value: string): string | null;
}

/** Parses `{type: "attribute", field, op, value}`; null when something was wrong, which is then among the places. */
export function parseAttribute(part: RulePart, options: IdentifierHashes): AttributeRule | IdentifierRule | null {
  const { json, pointer, places } = part;
  const field = ownValue(json, 'field');
  const op = operators.find((known) => known === ownValue(json, 'op'));
  if (typeof field !== 'string' || field.length === 0 || field.length > 128 || /\p{Surrogate}/u.test(field)) {
    return places.invalid(`${pointer}/field`, `expected the name of an attribute (1 to 128 characters), found ${found(field)}`);
  }
  if (op === undefined) {
    return places.invalid(`${pointer}/op`, `expected one of ${operators.join(', ')}, found ${found(ownValue(json, 'op'))}`);
  }
  const identifier = identifierFields.find((known) => known === field);
  if (identifier !== undefined) return parseIdentifier(part, { field: identifier, op, options });
  const personal = fieldClass(field);
  if (personal === 'direct' || personal === 'special') {
    return places.notSegmentable(`${pointer}/field`, `"${field}" is personal (${personal}): rules cannot see it`);
  }
  refuseOtherFields(part, ['type', 'field', 'op', 'value']);
  return parseValue(part, field, op);
}

function parseValue({ json, pointer, places }: RulePart, field: string, op: Operator): AttributeRule | null {
  const place = `${pointer}/value`;
  const value = ownValue(json, 'value');
  const base = { kind: 'attribute', field, pointer } as const;
  if (op === 'in') {
    const values = listOf(value);
    if (values === undefined || !values.every(isRuleValue))
      return places.invalid(place, `expected ${listExpected}, found ${found(value)}`);
    if (values.some(isPersonal)) return places.notSegmentable(place, notPersonal);
    return { ...base, op, values };
  }
  if (!isRuleValue(value)) return places.invalid(place, `expected ${scalarExpected}, found ${found(value)}`);
  if (isPersonal(value)) return places.notSegmentable(place, notPersonal);
  if (op !== 'gte' && op !== 'lte') return { ...base, op, value };
  if (typeof value === 'boolean') return places.invalid(place, `expected text or a number for ${op}, found a boolean`);
  return { ...base, op, value };
}

function parseIdentifier(
  part: RulePart,
  { field, op, options }: { readonly field: IdentifierField; readonly op: Operator; readonly options: IdentifierHashes },
): IdentifierRule | null {
  const { json, pointer, places } = part;
  if (op !== 'eq' && op !== 'in') {
    return places.notSegmentable(`${pointer}/op`, `"${field}" is personal: only eq and in can be asked of it, found ${op}`);
  }
  refuseOtherFields(part, ['type', 'field', 'op', 'value', 'hashes']);
  const base = { kind: 'identifier', field, op, pointer } as const;
  const stored = ownValue(json, 'hashes');
  if (stored !== undefined) {
    const hashes = listOf(stored);
    if (hashes === undefined || !hashes.every(isHash) || Object.hasOwn(json, 'value')) {
      return places.invalid(`${pointer}/hashes`, 'expected a list of keyed hashes, without a value beside it');
    }
    return { ...base, hashes };
  }
  const value = ownValue(json, 'value');
  const values = op === 'in' ? listOf(value) : [value];
  const hashes = values?.map((each) => (isRuleValue(each) && typeof each === 'string' ? options.hashOf(field, each) : null));
  if (hashes === undefined || !hashes.every((hash) => hash !== null)) {
    return places.invalid(
      `${pointer}/value`,
      `expected ${op === 'in' ? 'a list of values' : 'a value'} that can be a customer's ${field}`,
    );
  }
  return { ...base, hashes };
}

const scalarExpected = `Unicode text of at most ${String(ruleLimits.textLength)} characters, a number or a boolean`;
const listExpected = `a list of 1 to ${String(ruleLimits.listedValues)} texts, numbers or booleans`;
const notPersonal =
  'the value looks like an e-mail address or phone number, which is kept sealed: ask for the field email or phone instead';

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.length <= ruleLimits.listedValues ? value : undefined;
}

function isRuleValue(value: unknown): value is RuleValue {
  if (typeof value === 'string') return value.length <= ruleLimits.textLength && !/\p{Surrogate}/u.test(value);
  return typeof value === 'boolean' || Number.isFinite(value);
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z2-7]{32}$/.test(value);
}

function isPersonal(value: RuleValue): boolean {
  return typeof value === 'string' && looksPersonal(value);
}
