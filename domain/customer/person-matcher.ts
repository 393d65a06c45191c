import type { Json } from '../../contracts/json.js';

/** What tells that a text is about a person. */
export interface PersonalMarks {
  /** Everyone who is the person. */
  readonly customers: readonly string[];
  /** Values of the person's identifiers, as they were sent. */
  readonly identifiers: readonly string[];
}

const SHORTEST_PART = 5;
const SHORTEST_NUMBER = 8;
/** Fields whose whole value is somebody's id. */
const idFields = /(?:^|_)(?:id|customer)$|Id$/;

/**
 * Tells of texts, JSON or not, whether they are about the person: they name one of the ids in a field for ids, or hold the value of an
 * identifier anywhere, in any case; a number however it is written.
 */
export function createPersonMatcher({ customers, identifiers }: PersonalMarks): (text: string) => boolean {
  const ids = new Set([...customers, ...identifiers, ...identifiers.map(withoutSource)].map((id) => id.toLowerCase()));
  const parts = identifiers.map((value) => value.trim().toLowerCase()).filter((value) => value.length >= SHORTEST_PART);
  const numbers = identifiers.filter(isNumber).map(digitsOf);

  const isIn = (text: string): boolean => {
    const lower = text.toLowerCase();
    if (parts.some((part) => lower.includes(part))) return true;
    if (numbers.length === 0) return false;
    const digits = digitsOf(text);
    return numbers.some((number) => digits.includes(number));
  };
  const isAbout = (value: Json, field: string): boolean => {
    if (typeof value === 'string') return (idFields.test(field) && ids.has(value.toLowerCase())) || isIn(value);
    if (typeof value === 'number') return (idFields.test(field) && ids.has(String(value))) || isIn(String(value));
    if (Array.isArray(value)) return value.some((inner: Json) => isAbout(inner, field));
    return typeof value === 'object' && Object.entries(value).some(([name, inner]) => isAbout(inner, name) || isIn(name));
  };
  return (text) => {
    const json = parsed(text);
    return json === undefined ? isIn(text) : isAbout(json, '');
  };
}

function parsed(text: string): Json | undefined {
  try {
    // `null` inside is no Json, and no object either: it is looked at as a text that holds nothing.
    return JSON.parse(text, (_key, value: unknown) => value ?? '') as Json;
  } catch {
    return undefined;
  }
}

function withoutSource(identifier: string): string {
  const colon = identifier.indexOf(':');
  return colon < 0 ? identifier : identifier.slice(colon + 1);
}

function isNumber(value: string): boolean {
  return /^[+\d\s().-]+$/.test(value) && digitsOf(value).length >= SHORTEST_NUMBER;
}

/** Without a zero or a country code's first digits, which one may write and another leave out. */
function digitsOf(value: string): string {
  return value.replace(/\D/g, '').replace(/^0+/, '');
}
