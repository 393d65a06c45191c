import type { Json, JsonObject } from '../json.js';
import type { Field } from './contract-fields.js';
import type { IdentifierKind } from './event-contract.js';
import { findContract } from './event-contracts.js';

/** True for a value that looks like an e-mail address or a phone number, or holds one, also inside lists and objects. */
export type LooksPersonal = (value: Json) => boolean;

/** A declared identifier field and its value as it came. */
export interface FoundIdentifier {
  readonly kind: IdentifierKind;
  readonly field: string;
  readonly value: string;
}

/** A body taken apart by class: every field is in exactly one part. */
export interface ClassifiedBody {
  readonly plain: JsonObject;
  readonly direct: JsonObject;
  readonly special: JsonObject;
  readonly quasi: JsonObject;
  /** Fields whose keyed hash belongs into `hashes`. */
  readonly identifiers: readonly FoundIdentifier[];
  /** Undeclared fields, and declared texts of class none, that had to be sealed as direct because of what they hold. */
  readonly violations: readonly { readonly field: string; readonly detail: string }[];
}

export interface ClassifyOptions {
  readonly looksPersonal: LooksPersonal;
  /** The event's context; its fields are named `context.<key>`. */
  readonly context?: JsonObject;
}

/** Context that is known to be no free text, whatever it looks like. */
const quasiContext = new Set([
  'app',
  'device',
  'library',
  'locale',
  'network',
  'os',
  'screen',
  'timezone',
  'user_agent',
  'userAgent',
]);
const addressKeys = new Set(['ip', 'ip_address', 'ipAddress', 'client_ip', 'clientIp', 'remote_addr']);

/**
 * Splits a body into its PII classes. Undeclared fields are quasi, or direct (and a violation) when they look personal; so are texts
 * that were declared to be of class none.
 */
export function classify(type: string, body: JsonObject, options: ClassifyOptions): ClassifiedBody {
  const contract = findContract(type);
  // Names that mean something else to an object were refused before.
  const parts = { none: record(), direct: record(), special: record(), quasi: record() };
  const violations: { field: string; detail: string }[] = [];
  for (const field of Object.keys(body)) {
    const value = body[field] as Json; // one of its own fields
    const declared: Field | undefined = contract && Object.hasOwn(contract.fields, field) ? contract.fields[field] : undefined;
    const isOpen = declared === undefined || contract?.openTexts.has(field) === true;
    const isPersonal = isOpen && (options.looksPersonal(value) || anyKey(value, options.looksPersonal));
    if (declared !== undefined && isPersonal) {
      parts.direct[field] = value;
      violations.push({ field, detail: `a property of class ${declared.pii} looks like an e-mail address or a phone number` });
    } else if (declared) parts[declared.pii][field] = value;
    else if (isPersonal) {
      parts.direct[field] = value;
      violations.push({ field, detail: 'an undeclared property looks like an e-mail address or a phone number' });
    } else parts.quasi[field] = value;
  }
  for (const [key, value] of Object.entries(options.context ?? {})) {
    parts[isDirectContext(key, value, options.looksPersonal) ? 'direct' : 'quasi'][`context.${key}`] = value;
  }
  return {
    plain: parts.none,
    direct: parts.direct,
    special: parts.special,
    quasi: parts.quasi,
    identifiers: identifiersOf(type, body),
    violations,
  };
}

/** The declared identifier fields that the body has, in the contract's order. */
export function identifiersOf(type: string, body: JsonObject): readonly FoundIdentifier[] {
  const identifiers = findContract(type)?.identifiers ?? {};
  const found: FoundIdentifier[] = [];
  for (const field in identifiers) {
    const kind = identifiers[field];
    const value = Object.hasOwn(body, field) ? body[field] : undefined;
    if (kind !== undefined && typeof value === 'string') found.push({ kind, field, value });
  }
  return found;
}

function record(): Record<string, Json> {
  return {};
}

function isDirectContext(key: string, value: Json, looksPersonal: LooksPersonal): boolean {
  if (addressKeys.has(key) || anyKey(value, (name) => addressKeys.has(name) || looksPersonal(name)) || looksPersonal(value))
    return true;
  return !quasiContext.has(key) && anyText(value, isFreeText);
}

/** Words of a sentence: whatever has white space between other characters. */
function isFreeText(value: string): boolean {
  return /\S\s+\S/.test(value);
}

/** True when some text inside the value satisfies the test. */
function anyText(value: Json, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  if (typeof value !== 'object') return false;
  return Object.values(value).some((inner: Json) => anyText(inner, test));
}

/** True when the name of some field inside the value satisfies the test. */
function anyKey(value: Json, test: (name: string) => boolean): boolean {
  if (typeof value !== 'object') return false;
  const named = !Array.isArray(value);
  return Object.entries(value).some(([name, inner]: [string, Json]) => (named && test(name)) || anyKey(inner, test));
}
