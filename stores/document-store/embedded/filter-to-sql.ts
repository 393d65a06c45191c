import type { FieldPath, Filter } from '../filter.js';
import { jsonPathLiteral, valueExpression } from './json-path.js';
import { anyOf, equals, isWithin, type Operand, type Sql, sql } from './scalar-tests.js';

export interface FilterOptions {
  /** The value at a path of the document, as SQL that compares like `valueExpression`. */
  readonly valueAt: (path: FieldPath) => string;
  /** The condition that an array or an object stands there; null where none does: the test then is the bare comparison, which an index answers alone. */
  readonly nestedAt: (path: FieldPath) => string | null;
}

/** The SQL condition over the column `body` that is true for exactly the documents that meet the filter, and else false or NULL. */
export function filterToSql(filter: Filter, options: FilterOptions): Sql {
  return compile(filter, { ...options, document: 'body', depth: 0 });
}

interface Scope extends FilterOptions {
  readonly document: string;
  readonly depth: number;
}

type ScalarTest = (operand: Operand) => Sql;

function compile(filter: Filter, scope: Scope): Sql {
  switch (filter.kind) {
    case 'all':
      return sql('TRUE');
    case 'eq':
      return anyAt(filter.path, scope, (operand) => equals(operand, filter.value));
    case 'in':
      return anyAt(filter.path, scope, (operand) => anyOf(operand, filter.values));
    case 'range':
      return anyAt(filter.path, scope, (operand) => isWithin(operand, filter));
    case 'exists':
      return sql(`${scope.valueAt(filter.path)} IS NOT NULL`);
    case 'element':
      return elementAt(filter.path, scope, (element) => {
        const document = `${element}.value`;
        const valueAt = (path: FieldPath): string => valueExpression(document, path);
        const nestedAt = (path: FieldPath): string => `${valueAt(path)} >= x''`;
        const inner = compile(filter.match, { document, depth: scope.depth + 1, valueAt, nestedAt });
        return sql(`${element}.type = 'object' AND ${inner.text}`, inner.parameters);
      });
    case 'and':
      return joined(filter.filters, scope, { word: ' AND ', none: 'TRUE' });
    case 'or':
      return joined(filter.filters, scope, { word: ' OR ', none: 'FALSE' });
    case 'not': {
      // A missing field makes the test NULL, which plain NOT would pass on.
      const inner = compile(filter.filter, scope);
      return sql(`(${inner.text} IS NOT TRUE)`, inner.parameters);
    }
  }
}

function joined(filters: readonly Filter[], scope: Scope, how: { readonly word: string; readonly none: string }): Sql {
  const parts = filters.map((part) => compile(part, scope));
  if (parts.length === 0) return sql(how.none);
  return sql(`(${parts.map((part) => part.text).join(how.word)})`, ...parts.map((part) => part.parameters));
}

/** The test for the value at the path or, where an array stands there, for any of its elements. */
function anyAt(path: FieldPath, scope: Scope, test: ScalarTest): Sql {
  const value = scope.valueAt(path);
  const direct = test({ value, type: `json_type(${scope.document},${jsonPathLiteral(path)})` });
  const nested = scope.nestedAt(path);
  if (nested === null) return sql(`(${direct.text})`, direct.parameters);
  const inside = elementAt(path, scope, (element) => test({ value: `${element}.atom`, type: `${element}.type` }));
  // Both sides are ranges of the same index, where there is one.
  return sql(`(${direct.text} OR (${nested} AND ${inside.text}))`, direct.parameters, inside.parameters);
}

function elementAt(path: FieldPath, scope: Scope, test: (element: string) => Sql): Sql {
  const element = `e${String(scope.depth)}`;
  const literal = jsonPathLiteral(path);
  const inner = test(element);
  const text =
    `(json_type(${scope.document},${literal}) = 'array' AND EXISTS ` +
    `(SELECT 1 FROM json_each(${scope.document},${literal}) AS ${element} WHERE ${inner.text}))`;
  return sql(text, inner.parameters);
}
