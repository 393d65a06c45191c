import type { Json } from '../../contracts/json.js';
import { personalLook } from './personal-values.js';

const HIDDEN = '****';

/** A personal value as someone sees it who may not read it: `a***@mail.com`, `+62812****345`, `A***`. Values that are no text are hidden whole. */
export function maskValue(value: Json): string {
  if (typeof value !== 'string') return '***';
  switch (personalLook(value)) {
    case 'email':
      return maskEmail(value);
    case 'phone':
      return maskPhone(value);
    case null:
      return maskText(value);
  }
}

/** The first letter and the domain; text that is not one address is masked as text. */
export function maskEmail(email: string): string {
  const [local, domain, ...rest] = email.trim().split('@');
  if (local === undefined || domain === undefined || rest.length > 0 || /\s/.test(`${local}${domain}`)) return maskText(email);
  return `${firstLetter(local)}***@${domain}`;
}

/** Country and operator at the front and the last three digits; at least four digits are always hidden. Other text is masked as text. */
export function maskPhone(phone: string): string {
  if (!/^[-+().\s\d]*$/.test(phone)) return maskText(phone);
  const digits = phone.replace(/\D/g, '');
  const front = Math.min(5, digits.length - 7);
  if (front < 1) return '***';
  return `${phone.trim().startsWith('+') ? '+' : ''}${digits.slice(0, front)}${HIDDEN}${digits.slice(-3)}`;
}

/** The first letter alone, without the length. */
export function maskText(text: string): string {
  const trimmed = text.trim();
  // The first letter of so short a text is most of it.
  return trimmed.length < 3 ? '***' : `${firstLetter(trimmed)}***`;
}

function firstLetter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0x2a);
}
