import type { Json, JsonObject } from '../../contracts/json.js';
import { compareCodePoints } from './code-points.js';
import type { FieldPath, Filter, FilterValue } from './filter.js';

type Range = Extract<Filter, { kind: 'range' }>;

/** Whether the body meets the filter: the same answer as the document stores give. */
export function matchesFilter(filter: Filter, body: JsonObject): boolean {
  switch (filter.kind) {
    case 'all':
      return true;
    case 'eq':
      return holdsForAny(valueAt(body, filter.path), (value) => value === filter.value);
    case 'in':
      return holdsForAny(valueAt(body, filter.path), (value) => filter.values.some((wanted) => wanted === value));
    case 'range':
      return holdsForAny(valueAt(body, filter.path), (value) => isInRange(filter, value));
    case 'exists':
      return valueAt(body, filter.path) !== undefined;
    case 'element': {
      const value = valueAt(body, filter.path);
      return isArray(value) && value.some((element) => isObject(element) && matchesFilter(filter.match, element));
    }
    case 'and':
      return filter.filters.every((part) => matchesFilter(part, body));
    case 'or':
      return filter.filters.some((part) => matchesFilter(part, body));
    case 'not':
      return !matchesFilter(filter.filter, body);
  }
}

/** What stands at the end of the path; undefined when a level is missing or is not an object. */
export function valueAt(body: JsonObject, path: FieldPath): Json | undefined {
  let value: Json | undefined = body;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function holdsForAny(value: Json | undefined, test: (value: Json) => boolean): boolean {
  if (value === undefined) return false;
  return isArray(value) ? value.some(test) : test(value);
}

function isInRange(range: Range, value: Json): boolean {
  const { gt, gte, lt, lte } = range;
  return (
    (gt === undefined || isOrdered(gt, value, (order) => order < 0)) &&
    (gte === undefined || isOrdered(gte, value, (order) => order <= 0)) &&
    (lt === undefined || isOrdered(lt, value, (order) => order > 0)) &&
    (lte === undefined || isOrdered(lte, value, (order) => order >= 0))
  );
}

function isOrdered(bound: FilterValue, value: Json, holds: (order: number) => boolean): boolean {
  if (typeof bound === 'number' && typeof value === 'number') return holds(bound < value ? -1 : bound > value ? 1 : 0);
  if (typeof bound === 'string' && typeof value === 'string') return holds(compareCodePoints(bound, value));
  return false;
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value);
}
