import type { FieldPath, Filter } from '../../contracts/filter.js';
import { dayWindow, type LocalDay } from './local-day.js';
import { type AttributeRule, type BehaviorRule, boundsOf, type Rule } from './rule.js';

/**
 * What a document store can say about a rule: every profile that meets the rule passes `may`, and every profile that passes `must` meets
 * the rule. Under NOT the two change places. Where a store can say it exactly, both are the same.
 */
interface Bounds {
  readonly may: Filter;
  readonly must: Filter;
}

const everyone: Filter = { kind: 'all' };
const nobody: Filter = { kind: 'not', filter: everyone };

/** The filter that narrows: every profile that meets the rule on that day passes it, and maybe others. */
export function compileFilter(rule: Rule, today: LocalDay): Filter {
  return boundsOfRule(rule, today).may;
}

function boundsOfRule(rule: Rule, today: LocalDay): Bounds {
  switch (rule.kind) {
    case 'and':
      return bothBounds(rule.rules, today, and);
    case 'or':
      return bothBounds(rule.rules, today, or);
    case 'not':
      return negated(boundsOfRule(rule.rule, today));
    case 'attribute':
      return boundsOfAttribute(rule);
    case 'identifier':
      return exactly({ kind: 'in', path: ['hashes', rule.field], values: rule.hashes });
    case 'behavior': {
      const { min, max } = boundsOf(rule);
      const did = bothOf(atLeast(rule, min, today), negated(atLeast(rule, max + 1, today)));
      return rule.op === 'did_event' ? did : negated(did);
    }
  }
}

function boundsOfAttribute(rule: AttributeRule): Bounds {
  const path: FieldPath = ['attributes', rule.field];
  switch (rule.op) {
    case 'eq':
      return exactly({ kind: 'eq', path, value: rule.value });
    case 'neq':
      return negated(exactly({ kind: 'eq', path, value: rule.value }));
    case 'in':
      return exactly({ kind: 'in', path, values: rule.values });
    case 'contains': {
      const equal: Filter = { kind: 'eq', path, value: rule.value };
      // A store sees elements of lists, not parts of texts.
      return typeof rule.value === 'string' ? { may: { kind: 'exists', path }, must: equal } : { may: equal, must: nobody };
    }
    case 'gte':
      return exactly({ kind: 'range', path, gte: rule.value });
    case 'lte':
      return exactly({ kind: 'range', path, lte: rule.value });
  }
}

function atLeast(rule: BehaviorRule, count: number, today: LocalDay): Bounds {
  if (count <= 0) return exactly(everyone);
  if (count === Infinity) return exactly(nobody);
  const ever: Filter = { kind: 'range', path: ['events', rule.event, 'total'], gte: count };
  if (rule.within_days === undefined) return exactly(ever);
  const { from, until } = dayWindow(today, rule.within_days);
  const path: FieldPath = ['events', rule.event, 'last'];
  const may = and([ever, { kind: 'range', path, gte: from }]);
  // One event is in the window if the last one is; of more, a store cannot say where they fell.
  return { may, must: count === 1 ? { kind: 'range', path, gte: from, lt: until } : nobody };
}

function exactly(filter: Filter): Bounds {
  return { may: filter, must: filter };
}

function negated({ may, must }: Bounds): Bounds {
  return { may: not(must), must: not(may) };
}

function bothOf(a: Bounds, b: Bounds): Bounds {
  return { may: and([a.may, b.may]), must: and([a.must, b.must]) };
}

function bothBounds(rules: readonly Rule[], today: LocalDay, join: (filters: readonly Filter[]) => Filter): Bounds {
  const parts = rules.map((rule) => boundsOfRule(rule, today));
  return { may: join(parts.map(({ may }) => may)), must: join(parts.map(({ must }) => must)) };
}

function and(filters: readonly Filter[]): Filter {
  if (filters.some(isNobody)) return nobody;
  return joined(
    'and',
    filters.filter((filter) => filter.kind !== 'all'),
    everyone,
  );
}

function or(filters: readonly Filter[]): Filter {
  if (filters.some(({ kind }) => kind === 'all')) return everyone;
  return joined(
    'or',
    filters.filter((filter) => !isNobody(filter)),
    nobody,
  );
}

function joined(kind: 'and' | 'or', filters: readonly Filter[], none: Filter): Filter {
  const [first, ...others] = filters.flatMap((filter) => (filter.kind === kind ? filter.filters : [filter]));
  if (first === undefined) return none;
  return others.length === 0 ? first : { kind, filters: [first, ...others] };
}

function not(filter: Filter): Filter {
  return filter.kind === 'not' ? filter.filter : { kind: 'not', filter };
}

function isNobody(filter: Filter): boolean {
  return filter.kind === 'not' && filter.filter.kind === 'all';
}
