import type { Json, JsonObject } from '../json.js';
import { toMinorUnits } from '../money.js';
import type { IntakeRefusal } from '../quarantine-codes.js';
import { pointerStep } from '../zod-places.js';
import type { LooksPersonal } from './classify.js';
import type { EventContract, IdentifierKind } from './event-contract.js';
import { nameProblem } from './open-fields.js';

const BASE = '/properties';

/** Where a type can remove attributes, a property that is null removes its attribute. */
export function unsetNulls(contract: EventContract, fields: JsonObject, nulls: readonly string[]): JsonObject {
  const named = fields.unset ?? [];
  if (nulls.length === 0 || !Object.hasOwn(contract.fields, 'unset') || !isList(named)) return fields;
  return { ...fields, unset: [...new Set([...named, ...nulls])] };
}

/** Fills absent identifier fields from the envelope, for types that say so. */
export function adoptIdentifiers(
  contract: EventContract,
  fields: JsonObject,
  identifiers: Readonly<Partial<Record<IdentifierKind, string>>> = {},
): JsonObject {
  if (!contract.adoptsIdentifiers) return fields;
  const adopted = Object.entries(contract.identifiers).flatMap(([field, kind]) => {
    const value = identifiers[kind];
    return value === undefined || Object.hasOwn(fields, field) ? [] : [[field, value] as const];
  });
  return adopted.length === 0 ? fields : { ...fields, ...Object.fromEntries(adopted) };
}

/** Names under `unset` stand in the clear, so they are held to what names are held to. */
export function unsetProblem(fields: JsonObject, looksPersonal: LooksPersonal): IntakeRefusal | undefined {
  const names = fields.unset !== undefined && isList(fields.unset) ? fields.unset : [];
  for (const [index, name] of names.entries()) {
    const problem = typeof name === 'string' ? nameProblem(name, looksPersonal) : undefined;
    if (problem) return { ok: false, ...problem, pointer: `${BASE}/unset/${index}` };
  }
  return undefined;
}

/** Replaces each decimal amount of the wire by whole minor units of the currency beside it. */
export function storeMoney(
  contract: EventContract,
  wire: JsonObject,
): { readonly ok: true; readonly body: JsonObject } | IntakeRefusal {
  if (contract.money.length === 0) return { ok: true, body: wire };
  const currency = typeof wire.currency === 'string' ? wire.currency.toUpperCase() : undefined;
  const stored: Record<string, Json> = {};
  for (const name of Object.keys(wire)) {
    const value = wire[name] as Json; // one of its own fields
    const isAmount = contract.money.includes(name) && (typeof value === 'number' || typeof value === 'string');
    if (!isAmount) stored[name] = name === 'currency' && currency !== undefined ? currency : value;
    else {
      const amount = toMinorUnits(value, currency ?? '');
      if (!amount.ok) return { ...amount, pointer: BASE + pointerStep(amount.code === 'currency_unknown' ? 'currency' : name) };
      stored[`${name}_minor`] = amount.minor;
    }
  }
  return { ok: true, body: stored };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
