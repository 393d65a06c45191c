import type { JsonObject } from '../../contracts/json.js';
import type { MergeField } from './renderer.port.js';

function valueAt(fields: JsonObject, path: string): unknown {
  let value: unknown = fields;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step]; // hasOwn has just said so
  }
  return value;
}

/** The required fields of a template that a recipient does not have, or has empty; for preflights no rendering is needed. */
export function missingFields(template: readonly MergeField[], fields: JsonObject): readonly string[] {
  const required = template.filter(
    ({ need, path }) => need === 'required' && path !== 'unsubscribe_url' && path !== 'postal_address',
  );
  return required.map(({ path }) => path).filter((path) => [undefined, ''].includes(valueAt(fields, path) as string | undefined));
}
