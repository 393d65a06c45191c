import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js';
import type { IdentifierKind } from '../../contracts/events/event-contract.js';
import { isBlockedValue } from './blocked-values.js';

export type { CountryCode };

/** What a normaliser has to know beside the value. */
export interface NormaliseOptions {
  /** The source of the credential: names the system of an external id that does not say it itself. */
  readonly source: string;
  /** The country of phone numbers written without one. */
  readonly defaultCountry?: CountryCode;
}

const LONGEST = 320;

/** The kinds of identifier in the order in which an owner is looked up. */
export const lookUpOrder = ['external_id', 'email', 'phone', 'anonymous_id'] as const satisfies readonly IdentifierKind[];

/**
 * The one form under which an identifier is known, or null when the value identifies nobody. Frozen by fixtures: keyed hashes of
 * these forms are in every stored log, so that a changed normaliser is a new kind of identifier.
 */
export function normaliseIdentifier(kind: IdentifierKind, value: unknown, options: NormaliseOptions): string | null {
  const text = asText(value);
  if (text === null || text.length > LONGEST || isBlockedValue(text)) return null;
  switch (kind) {
    case 'email':
      return normaliseEmail(text);
    case 'phone':
      return normalisePhone(text, options.defaultCountry);
    case 'external_id':
      return normaliseExternalId(text, options.source);
    case 'anonymous_id':
      return text.trim();
  }
}

/** What no address that can be written to holds; the channels refuse the same (`channels/mailbox.ts`), and a test holds them together. */
const ADDRESS = /^[^\s@<>()[\],:;"\\\p{C}]{1,64}@[^\s@<>()[\],:;"\\\p{C}]{1,253}$/u;

/**
 * Trimmed and lower-case, nothing more: dots and tags are part of an address. Null without a local part and a domain, and for what could not be
 * written to: control characters and what separates addresses in headers.
 */
export function normaliseEmail(value: string): string | null {
  const email = value.trim().toLowerCase();
  return ADDRESS.test(email) ? email : null;
}

/** E.164. Null for what cannot be a phone number of its country, and for extensions, which several people share. */
export function normalisePhone(value: string, defaultCountry: CountryCode = 'ID'): string | null {
  const trimmed = value.trim();
  // `62812…` would be read as a national number and become `+6262812…`, which even counts as valid.
  const text = defaultCountry === 'ID' && /^62/.test(trimmed) ? `+${trimmed}` : trimmed;
  const number = parsePhoneNumberFromString(text, { defaultCountry, extract: false });
  if (number?.isValid() !== true || number.ext !== undefined || isBlockedValue(number.nationalNumber)) return null;
  return number.number;
}

/**
 * `source:id` with the source in lower case and the id as it is; an id that names no source belongs to the credential's. Null where the source
 * before the colon, or the id behind it, is empty.
 */
export function normaliseExternalId(value: string, source: string): string | null {
  if (/^\s*:/.test(value)) return null;
  const match = /^\s*([A-Za-z0-9_-]{1,64}):(.*)$/s.exec(value);
  const system = (match?.[1] ?? source).toLowerCase();
  const id = (match?.[2] ?? value).trim();
  return isBlockedValue(id) ? null : `${system}:${id}`;
}

function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;
}
