import type { Refused } from '../sending/outgoing-entry.js';
import type { TextLine } from '../sending/read-lines.js';
import type { SourceRow } from './map-row.js';

/** The row of a line of NDJSON; null for an empty line, a refusal for one that holds no JSON object. Names are paths: `user.emails.0`. */
export function ndjsonRow({ line, text }: TextLine): SourceRow | Refused | null {
  if (text.trim() === '') return null;
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { line, code: 'row_invalid', detail: 'expected a JSON object on the line', row: text };
  }
  return { line, row: value, get: (name) => valueAt(value, name) };
}

/** A key that is written with its dots goes before a path. */
function valueAt(value: object, path: string): unknown {
  if (Object.hasOwn(value, path)) return ownValue(value, path);
  return path.split('.').reduce<unknown>((inner, step) => ownValue(inner, step), value);
}

function ownValue(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function parse(text: string): unknown {
  try {
    // JSON.parse declares any; what it is, is looked at above.
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
