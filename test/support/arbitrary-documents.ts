import fc from 'fast-check';
import type { Json, JsonObject } from '../../contracts/json.js';
import type { FieldPath, Filter, FilterValue } from '../../stores/document-store/filter.js';

/** Few keys, so that paths meet documents; each has a way to break a path that is not quoted right. */
const keys = [
  'a',
  'b',
  'a.b',
  'x"y',
  "it's",
  'ü',
  '😀',
  '',
  '0',
  '$',
  '[0]',
  '#',
  '__proto__',
  'back\\slash',
  'line\nbreak',
  'constructor',
];

const strings = [
  '',
  'a',
  'b',
  'aa',
  'é',
  '\ud7ff',
  '\uffff',
  '\ue000',
  '😀',
  '𐀀',
  '\u0000',
  'a\u0000b',
  'a\u0000',
  '1',
  '0',
  'true',
  '{}',
  '[]',
  '{"a":1}',
  "'",
  '\\',
  '"',
];

const numbers = [
  0,
  -0,
  1,
  -1,
  2,
  1.5,
  0.1 + 0.2,
  0.3,
  1e-20,
  5e-324,
  2 ** 53,
  2 ** 53 + 2,
  2 ** 60,
  -(2 ** 62),
  2 ** 63,
  2 ** 70,
  1e300,
  -1e300,
];

const key = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'b') }, { weight: 2, arbitrary: fc.constantFrom(...keys) });
const text = fc.oneof(fc.constantFrom(...strings), fc.string({ unit: 'grapheme', maxLength: 3 }));
const number = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...numbers) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
);

/** A value that a filter can compare with. */
export const filterValue: fc.Arbitrary<FilterValue> = fc.oneof(text, number, fc.boolean());

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json; object: JsonObject; array: readonly Json[] }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', maxDepth: 4 }, filterValue, tie('object'), tie('array')),
  object: objectOf(tie('value')),
  array: fc.array(tie('value'), { maxLength: 3 }),
})).value;

/** A body of any shape that JSON without null can have. */
export const body: fc.Arbitrary<JsonObject> = objectOf(json);

/** A body without arrays and nested objects. */
export const flatBody: fc.Arbitrary<JsonObject> = objectOf(filterValue);

/** From entries, so that `__proto__` becomes a key like any other. */
function objectOf(value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
}

/** What the filters of one run are made from: above all paths and values that occur in its bodies, so that they hold for some. */
interface Ingredients {
  readonly path: fc.Arbitrary<FieldPath>;
  readonly value: fc.Arbitrary<FilterValue>;
}

function ingredientsOf(bodies: readonly JsonObject[]): Ingredients {
  const paths: FieldPath[] = [['a']];
  const values: FilterValue[] = ['a'];
  const visit = (value: Json, path: FieldPath): void => {
    if (typeof value !== 'object') {
      values.push(value);
    } else if (isArray(value)) {
      for (const element of value) visit(element, []);
    } else {
      for (const [name, inner] of Object.entries(value)) {
        paths.push([...path, name], [name]);
        visit(inner, [...path, name]);
      }
    }
  };
  for (const each of bodies) visit(each, []);
  const anyPath = fc.array(key, { minLength: 1, maxLength: 3, size: 'max' });
  return {
    path: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...paths) }, { weight: 1, arbitrary: anyPath }),
    value: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: filterValue }),
  };
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function rangeOf({ path, value }: Ingredients): fc.Arbitrary<Filter> {
  const sides = fc.constantFrom(['gt'], ['gte'], ['lt'], ['lte'], ['gt', 'lt'], ['gte', 'lte'], ['gt', 'lte'], ['gte', 'lt']);
  return fc.record({ path, sides, low: value, high: value }).map(({ path: at, sides: names, low, high }) => {
    const bounds = (typeof low === 'boolean' ? ['a', 'b'] : [low, typeof high === typeof low ? high : low]).sort((a, b) =>
      a < b ? -1 : 1,
    );
    const named = names.map((name, index) => [name, bounds[names.length === 1 ? 0 : index]] as const);
    return { kind: 'range', path: at, ...Object.fromEntries(named) };
  });
}

/** Bodies and filters, up to four levels deep, that have something to do with each other. */
export function bodiesAndFilters(
  bodyOfRun: fc.Arbitrary<JsonObject>,
): fc.Arbitrary<readonly [readonly JsonObject[], readonly Filter[]]> {
  return fc
    .array(bodyOfRun, { minLength: 1, maxLength: 6 })
    .chain((bodies) => fc.tuple(fc.constant(bodies), fc.array(filterOf(ingredientsOf(bodies)), { minLength: 1, maxLength: 4 })));
}

function filterOf(from: Ingredients): fc.Arbitrary<Filter> {
  const { path, value } = from;
  return fc.letrec<{ filter: Filter; test: Filter }>((tie) => ({
    test: fc.oneof(
      fc.record({ kind: fc.constant('eq' as const), path, value }),
      fc.record({ kind: fc.constant('in' as const), path, values: fc.array(value, { maxLength: 4 }) }),
      rangeOf(from),
      fc.record({ kind: fc.constant('exists' as const), path }),
    ),
    filter: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 6, arbitrary: tie('test') },
      { weight: 1, arbitrary: fc.constant<Filter>({ kind: 'all' }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('element' as const), path, match: tie('filter') }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('not' as const), filter: tie('filter') }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          filters: fc.array(tie('filter'), { maxLength: 3 }),
        }),
      },
    ),
  })).filter;
}
