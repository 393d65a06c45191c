import type { Json } from '../../contracts/json.js';

/** What a value looks like that nobody declared. */
export type PersonalLook = 'email' | 'phone';

const DEEPEST = 20;
/** A longer text is not searched digit by digit for one number: it is no phone number as a whole. */
const LONGEST_PHONE = 32;

/** True for a value that looks like an e-mail address or a phone number, or holds one, also inside lists and objects. */
export function looksPersonal(value: Json): boolean {
  return personalLook(value) !== null;
}

/**
 * What a value looks like: an e-mail address or an international phone number (with its `+`) anywhere in a text, or as a whole a number
 * as Indonesian mobile numbers are written. Plain numbers such as order ids are not taken for phone numbers.
 */
export function personalLook(value: Json): PersonalLook | null {
  return lookOf(value, DEEPEST);
}

/** True when an e-mail address stands anywhere in the text. */
function holdsEmail(text: string): boolean {
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    // Only the surroundings of each `@` are looked at, so that no text, however hostile, takes long.
    const before = text.charAt(at - 1);
    const after = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/u.test(text.slice(at + 1, at + 255));
    if (after && /[^\s@<>(),;:"]/.test(before)) return true;
  }
  return false;
}

/** True when an e-mail address or an international phone number (with its `+`) stands anywhere in the text. */
export function holdsContact(text: string): boolean {
  return holdsEmail(text) || holdsPhone(text);
}

function lookOf(value: Json, depth: number): PersonalLook | null {
  if (typeof value === 'string') return holdsEmail(value) ? 'email' : isMobile(value) || holdsPhone(value) ? 'phone' : null;
  if (typeof value === 'number') return Number.isSafeInteger(value) && /^628\d{8,11}$/.test(String(value)) ? 'phone' : null;
  if (typeof value === 'boolean' || depth === 0) return null;
  for (const inner of Object.values(value)) {
    const look = lookOf(inner, depth - 1);
    if (look !== null) return look;
  }
  return null;
}

function isMobile(value: string): boolean {
  const text = value.trim();
  if (text.length > LONGEST_PHONE || !/^[(0-9][-().\s\d]*$/.test(text)) return false;
  return /^(?:08\d{8,11}|628\d{8,11})$/.test(text.replace(/\D/g, ''));
}

function holdsPhone(text: string): boolean {
  if (!text.includes('+')) return false;
  for (const [found] of text.matchAll(/(?<![\w+])\+\d[-().\s\d]{6,30}/g)) {
    const digits = found.replace(/\D/g, '').length;
    if (digits >= 8 && digits <= 15) return true;
  }
  return false;
}
