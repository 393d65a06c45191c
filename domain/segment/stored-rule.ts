import type { Json, JsonObject } from '../../contracts/json.js';
import type { Rule } from './rule.js';

/** The rule as the log and answers hold it: as it was written, with keyed hashes where it named a person. */
export function storedRule(rule: Rule): JsonObject {
  switch (rule.kind) {
    case 'and':
    case 'or':
      return { op: rule.kind === 'and' ? 'AND' : 'OR', rules: rule.rules.map(storedRule) };
    case 'not':
      return { op: 'NOT', rules: [storedRule(rule.rule)] };
    case 'attribute': {
      const value: Json = rule.op === 'in' ? rule.values : rule.value;
      return { type: 'attribute', field: rule.field, op: rule.op, value };
    }
    case 'identifier':
      return { type: 'attribute', field: rule.field, op: rule.op, hashes: rule.hashes };
    case 'behavior': {
      const { kind: type, pointer: _pointer, ...test } = rule;
      return { type, ...test };
    }
  }
}
