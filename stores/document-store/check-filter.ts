import { EngineError } from '../../contracts/errors.js';
import { isWellFormed } from './code-points.js';
import type { FieldPath, Filter, FilterValue } from './filter.js';

const LEVELS = 32;
const TESTS = 1_000;
const VALUES = 10_000;

/** Refuses (`invalid_input`, with the place) a filter that an adapter could not compile or that would mean something else in another one. */
export function checkFilter(filter: Filter): void {
  checkPart(filter, { pointer: '', level: 1, tests: { left: TESTS } });
}

/** Refuses (`invalid_input`) a path without keys or with a key that is not Unicode text. */
export function checkPath(path: FieldPath, pointer = '/path'): void {
  if (path.length === 0) throw refusal(pointer, 'expected at least one key, found none');
  if (path.length > LEVELS) throw refusal(pointer, `expected at most ${String(LEVELS)} keys, found ${String(path.length)}`);
  for (const key of path) {
    if (key.includes('\u0000') || !isWellFormed(key))
      throw refusal(pointer, 'expected keys of Unicode text without U+0000, found another');
  }
}

interface Place {
  readonly pointer: string;
  readonly level: number;
  readonly tests: { left: number };
}

function checkPart(filter: Filter, place: Place): void {
  const { pointer, level, tests } = place;
  tests.left -= 1;
  if (tests.left < 0) throw refusal(pointer, `expected at most ${String(TESTS)} tests, found more`);
  if (level > LEVELS) throw refusal(pointer, `expected at most ${String(LEVELS)} levels, found more`);
  if ('path' in filter) checkPath(filter.path, `${pointer}/path`);
  switch (filter.kind) {
    case 'all':
    case 'exists':
      return;
    case 'eq':
      checkValue(filter.value, `${pointer}/value`);
      return;
    case 'in':
      if (filter.values.length > VALUES)
        throw refusal(`${pointer}/values`, `expected at most ${String(VALUES)} values, found ${String(filter.values.length)}`);
      filter.values.forEach((value, index) => {
        checkValue(value, `${pointer}/values/${String(index)}`);
      });
      return;
    case 'range':
      checkBounds(filter, pointer);
      return;
    case 'element':
      checkPart(filter.match, { pointer: `${pointer}/match`, level: level + 1, tests });
      return;
    case 'and':
    case 'or':
      filter.filters.forEach((part, index) => {
        checkPart(part, { pointer: `${pointer}/filters/${String(index)}`, level: level + 1, tests });
      });
      return;
    case 'not':
      checkPart(filter.filter, { pointer: `${pointer}/filter`, level: level + 1, tests });
      return;
  }
}

function checkBounds(range: Extract<Filter, { kind: 'range' }>, pointer: string): void {
  const bounds = [range.gt, range.gte, range.lt, range.lte].filter((bound) => bound !== undefined);
  const [first] = bounds;
  if (first === undefined) throw refusal(pointer, 'expected at least one of gt, gte, lt, lte, found none');
  for (const bound of bounds) {
    if (typeof bound !== 'string' && typeof bound !== 'number')
      throw refusal(pointer, `expected strings or numbers as bounds, found ${typeof bound}`);
    if (typeof bound !== typeof first)
      throw refusal(pointer, `expected bounds of one type, found ${typeof first} and ${typeof bound}`);
    checkValue(bound, pointer);
  }
}

function checkValue(value: FilterValue, pointer: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw refusal(pointer, `expected a finite number, found ${String(value)}`);
  if (typeof value === 'string' && !isWellFormed(value))
    throw refusal(pointer, 'expected Unicode text, found half a surrogate pair');
  if (typeof value === 'object' || typeof value === 'undefined')
    throw refusal(pointer, 'expected a string, a number or a boolean, found none');
}

function refusal(pointer: string, detail: string): EngineError {
  return new EngineError('invalid_input', `the filter is not valid at "${pointer}": ${detail}`, {
    places: [{ pointer, detail }],
  });
}
