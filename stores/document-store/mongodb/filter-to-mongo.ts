import type { FieldPath, Filter, FilterValue } from '../filter.js';
import { dotted, INNER_ARRAY } from './stored-form.js';

/** A filter in MongoDB's language. */
export interface MongoFilter {
  readonly [key: string]: unknown;
}

const NOT_AN_ARRAY = { $not: { $type: 'array' } };
/** No stored key is empty, and nothing is in an empty list. */
const NOTHING: MongoFilter = { _id: { $in: [] } };

/** The filter that MongoDB answers for stored bodies as `matchesFilter` does for bodies. */
export function filterToMongo(filter: Filter): MongoFilter {
  return compile(filter, 'body');
}

/** The condition that a string, a number or a boolean stands at the path of the body, and not in an array. */
export function holdsScalar(path: FieldPath): MongoFilter {
  return at(path, { above: 'body', test: { $type: ['string', 'number', 'bool'], ...NOT_AN_ARRAY } });
}

/** The condition that a string stands at the path of the body, and not in an array. */
export function holdsText(path: FieldPath): MongoFilter {
  return at(path, { above: 'body', test: { $type: 'string', ...NOT_AN_ARRAY } });
}

function compile(filter: Filter, above: string | undefined): MongoFilter {
  switch (filter.kind) {
    case 'all':
      return {};
    case 'eq':
      return at(filter.path, { above, test: { $eq: filter.value } });
    case 'in':
      return at(filter.path, { above, test: { $in: filter.values } });
    case 'range':
      return range(filter, above);
    case 'exists':
      return at(filter.path, { above, test: { $exists: true } });
    case 'element': {
      const isObject = { [INNER_ARRAY]: { $exists: false } };
      return at(filter.path, { above, test: { $elemMatch: { $and: [isObject, compile(filter.match, undefined)] } } });
    }
    case 'and':
      return filter.filters.length === 0 ? {} : { $and: filter.filters.map((part) => compile(part, above)) };
    case 'or':
      return filter.filters.length === 0 ? NOTHING : { $or: filter.filters.map((part) => compile(part, above)) };
    case 'not':
      // Never the opposite operator: it differs where the field is missing, of another type or an array.
      return { $nor: [compile(filter.filter, above)] };
  }
}

interface Test {
  readonly above: string | undefined;
  readonly test: MongoFilter;
}

/** The test at the path. MongoDB would enter arrays on the way, so those are ruled out. */
function at(path: FieldPath, { above, test }: Test): MongoFilter {
  const ways = path.slice(1).map((_, index) => ({ [dotted(path.slice(0, index + 1), above)]: NOT_AN_ARRAY }));
  const here = { [dotted(path, above)]: test };
  return ways.length === 0 ? here : { $and: [here, ...ways] };
}

/** One bound holds for any element by itself; two have to hold for the same, which is what `$elemMatch` is for. */
function range(filter: Extract<Filter, { kind: 'range' }>, above: string | undefined): MongoFilter {
  const names = ['gt', 'gte', 'lt', 'lte'] as const;
  const bounds: readonly (readonly [string, FilterValue])[] = names.flatMap((name) => {
    const bound = filter[name];
    return bound === undefined ? [] : [[`$${name}`, bound] as const];
  });
  const test = Object.fromEntries(bounds);
  if (bounds.length === 1) return at(filter.path, { above, test });
  const alone = at(filter.path, { above, test: { ...test, ...NOT_AN_ARRAY } });
  return { $or: [alone, at(filter.path, { above, test: { $elemMatch: test } })] };
}
