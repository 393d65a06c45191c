import type { IdentifierKind } from '../../contracts/events/event-contract.js';
import { keyedHash } from './keyed-hash.js';
import { lookUpOrder, type NormaliseOptions, normaliseIdentifier } from './normalisers.js';

/** One identifier of an event: normalised, with the keyed hash under which it is looked up. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly hash: string;
}

/** An identifier as it was sent. */
export interface NamedIdentifier {
  readonly kind: IdentifierKind;
  readonly value: unknown;
}

export interface ReadIdentifiersOptions extends NormaliseOptions {
  readonly lookUpKey: Uint8Array;
}

/** The identifiers that can identify someone, each once, in look-up order; blocked and malformed ones are left out. */
export function readIdentifiers(named: readonly NamedIdentifier[], options: ReadIdentifiersOptions): readonly Identifier[] {
  const found = new Map<string, Identifier>();
  for (const { kind, value } of named) {
    const normalised = normaliseIdentifier(kind, value, options);
    if (normalised === null) continue;
    const hash = keyedHash(options.lookUpKey, kind, normalised);
    if (!found.has(hash)) found.set(hash, { kind, value: normalised, hash });
  }
  return [...found.values()].sort((a, b) => lookUpOrder.indexOf(a.kind) - lookUpOrder.indexOf(b.kind));
}
