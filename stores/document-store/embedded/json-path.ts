import type { FieldPath } from '../filter.js';

/** The path as SQLite's JSON functions take it; every key is quoted, so dots, brackets and quotes in it mean nothing. */
export function jsonPath(path: FieldPath): string {
  return `$${path.map((key) => `.${JSON.stringify(key)}`).join('')}`;
}

/** The same as an SQL literal. */
export function jsonPathLiteral(path: FieldPath): string {
  return `'${jsonPath(path).replaceAll("'", "''")}'`;
}

/** The value at the path: text, integer or real as such, booleans as 1 and 0, arrays and objects as blobs, NULL when missing. */
export function valueExpression(document: string, path: FieldPath): string {
  return `jsonb_extract(${document},${jsonPathLiteral(path)})`;
}

/** The same as an index holds it: of arrays and objects it is enough to know that they are there, so they are the empty blob. */
export function indexedValueExpression(document: string, path: FieldPath): string {
  const value = valueExpression(document, path);
  return `iif(json_type(${document},${jsonPathLiteral(path)}) IN ('array','object'), x'', ${value})`;
}
