/** An object of JSON whose fields nobody declared. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for an object that is no list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for what clients send when they have nothing to say: null, nothing, and empty text. */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** True for an object without fields. */
export function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}
