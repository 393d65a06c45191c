/** A value that a filter compares with; comparisons never hold across types, and strings compare by code point. */
export type FilterValue = string | number | boolean;

/**
 * The way to a value: one key a level, at least one, keys may hold dots. Where an array stands at the end, the test holds if it holds for any
 * element (one level deep; both bounds of a `range` for the same element). Arrays on the way are not entered: that is what `element` is for.
 */
export type FieldPath = readonly string[];

/**
 * The typed filter of the document store; each adapter compiles it. A missing field makes every test false (so `not` of it true).
 * `range` has at least one bound, and its bounds are all of one type. `exists` asks for the field, also if it holds an empty array.
 * `element`: one element of the array at `path`, which is an object, meets the whole `match`, whose paths start at the element.
 * An empty `and` holds, an empty `or` and an empty `in` do not.
 */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'eq'; readonly path: FieldPath; readonly value: FilterValue }
  | { readonly kind: 'in'; readonly path: FieldPath; readonly values: readonly FilterValue[] }
  | {
      readonly kind: 'range';
      readonly path: FieldPath;
      readonly gt?: string | number;
      readonly gte?: string | number;
      readonly lt?: string | number;
      readonly lte?: string | number;
    }
  | { readonly kind: 'exists'; readonly path: FieldPath }
  | { readonly kind: 'element'; readonly path: FieldPath; readonly match: Filter }
  | { readonly kind: 'and'; readonly filters: readonly Filter[] }
  | { readonly kind: 'or'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter };
