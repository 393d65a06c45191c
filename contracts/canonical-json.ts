import type { Json } from './json.js';

/** JSON text with the keys of every object in order: equal values give equal texts. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_key, inner: Json) => (isObject(inner) ? Object.fromEntries(sortedEntries(inner)) : inner));
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && !Array.isArray(value);
}

function sortedEntries(object: Readonly<Record<string, Json>>): readonly (readonly [string, Json])[] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}
