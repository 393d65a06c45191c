/** What systems write where they know nothing. Frozen: a value that is taken off the list begins to merge strangers. */
const placeholders = new Set([
  '',
  'null',
  'undefined',
  'none',
  'nil',
  'n/a',
  '0',
  '-1',
  'guest',
  'anonymous',
  'unknown',
  'true',
  'false',
  '00000000-0000-0000-0000-000000000000',
]);

/** True for a value that never identifies anyone, whatever it is surrounded by and however it is written. */
export function isBlockedValue(value: string): boolean {
  const text = value.trim().toLowerCase();
  return placeholders.has(text) || /^(\d)\1+$/.test(text);
}
