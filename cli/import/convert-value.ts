import { DateTime } from 'luxon';
import type { FieldMap } from './map-schema.js';
import { asText } from './template.js';

/** A value that became what the map wants, or what was expected instead. */
export type Converted = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly expected: string };

const TRUE = new Set(['true', 'yes', 'y', '1', 'on']);
const FALSE = new Set(['false', 'no', 'n', '0', 'off']);

/** Turns a value into what its field says; times without an offset are in `zone` unless the field names another. */
export function convertValue(value: unknown, field: FieldMap, zone: string): Converted {
  switch (field.as) {
    case undefined:
      return { ok: true, value };
    case 'text':
      return { ok: true, value: asText(value) };
    case 'integer':
      return integer(asText(value), field);
    case 'number':
      return number(asText(value), field);
    case 'decimal':
      return decimal(asText(value), field);
    case 'boolean':
      return boolean(asText(value));
    case 'time':
      return time(asText(value).trim(), field, zone);
  }
}

function integer(text: string, field: FieldMap): Converted {
  const plain = plainNumber(text, field);
  const value = Number(plain);
  if (plain !== null && /^-?\d+$/.test(plain) && Number.isSafeInteger(value)) return { ok: true, value };
  return { ok: false, expected: 'an integer' };
}

function number(text: string, field: FieldMap): Converted {
  const plain = plainNumber(text, field);
  return plain === null ? { ok: false, expected: 'a number' } : { ok: true, value: Number(plain) };
}

/** Stays text, so that no digit is lost. */
function decimal(text: string, field: FieldMap): Converted {
  const plain = plainNumber(text, field);
  return plain === null ? { ok: false, expected: 'a decimal number' } : { ok: true, value: plain };
}

/** `1.234,50` as `1234.50`; null for what is no number in the marks of the field. */
function plainNumber(text: string, { decimal_mark: point = '.', group_mark: group }: FieldMap): string | null {
  const ungrouped = group === undefined || group === point ? text.trim() : text.trim().replaceAll(group, '');
  const plain = point === '.' ? ungrouped : swapped(ungrouped);
  return /^[+-]?\d{1,18}(\.\d{1,18})?$/.test(plain) ? plain.replace(/^\+/, '') : null;
}

/** A comma as the point; a point that stands where none may is kept from passing for one. */
function swapped(text: string): string {
  return text.includes('.') ? 'not a number' : text.replace(',', '.');
}

function boolean(text: string): Converted {
  const word = text.trim().toLowerCase();
  if (TRUE.has(word)) return { ok: true, value: true };
  if (FALSE.has(word)) return { ok: true, value: false };
  return { ok: false, expected: 'true or false (or yes, no, y, n, on, off, 1, 0)' };
}

function time(text: string, field: FieldMap, workspaceZone: string): Converted {
  const format = field.format ?? 'iso';
  const options = { zone: field.zone ?? workspaceZone, setZone: true };
  const found = readTime(text, format, options);
  const iso = found?.isValid === true ? found.toISO() : null;
  if (iso !== null) return { ok: true, value: iso };
  return { ok: false, expected: format === 'iso' ? 'a time in ISO-8601' : `a time in the form ${format}` };
}

function readTime(text: string, format: string, options: { readonly zone: string; readonly setZone: boolean }): DateTime | null {
  if (format === 'unix_s' || format === 'unix_ms') {
    if (!/^-?\d{1,15}(\.\d{1,9})?$/.test(text)) return null;
    return DateTime.fromMillis(Math.round(Number(text) * (format === 'unix_s' ? 1_000 : 1)), { zone: 'utc' });
  }
  if (format !== 'iso') return DateTime.fromFormat(text, format, options);
  const iso = DateTime.fromISO(text, options);
  // Databases write a space instead of the T.
  return iso.isValid ? iso : DateTime.fromSQL(text, options);
}
