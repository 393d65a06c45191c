import fc from 'fast-check';
import type { EventContract } from '../../contracts/events/event-contract.js';
import type { Json, JsonObject } from '../../contracts/json.js';
import { nameProblem } from '../../contracts/events/open-fields.js';
import { fromMinorUnits } from '../../contracts/money.js';
import { looksPersonal } from '../../domain/identity/personal-values.js';
import { arbitraryBody } from './arbitrary-body.js';

const currencies = ['IDR', 'USD', 'JPY', 'KWD'] as const;

/** What modules may send as `properties` of a type, and the body that has to be stored of it. */
export interface WireBody {
  readonly properties: JsonObject;
  readonly stored: JsonObject;
}

/** Any complete body of a pushed type, in both forms. */
export function arbitraryWire(contract: EventContract): fc.Arbitrary<WireBody> {
  const body = fc.tuple(arbitraryBody(contract), fc.constantFrom(...currencies), fc.integer({ min: 0, max: 1e6 }));
  const named = body.filter(([{ unset }]) => !Array.isArray(unset) || unset.every(isStorableName));
  return named.map(([fields, currency, number]) => {
    const own = Object.entries(fields).filter(([name]) => !contract.engineFields.includes(name));
    const needed = contract.moduleFields.map((name): [string, Json] => [name, neededValue(contract, name, number)]);
    const money = contract.money.length > 0 ? [['currency', currency] as const] : [];
    const stored: JsonObject = Object.fromEntries([...own, ...needed, ...money]);
    return { stored, properties: Object.fromEntries(Object.entries(stored).map((field) => onWire(contract, field, currency))) };
  });
}

/** True for a name that can be removed from a profile: reserved and personal ones are refused. */
function isStorableName(name: Json): boolean {
  return typeof name === 'string' && nameProblem(name, looksPersonal) === undefined;
}

/** A field that modules have to send: an address has to be one. */
function neededValue({ identifiers }: EventContract, name: string, number: number): string {
  return identifiers[name] === 'email' ? `a${String(number)}@mail.example` : `${name} ${String(number)}`;
}

function onWire({ money }: EventContract, [name, value]: readonly [string, Json], currency: string): readonly [string, Json] {
  const amount = money.find((one) => name === `${one}_minor`);
  return amount === undefined || typeof value !== 'number' ? [name, value] : [amount, fromMinorUnits(value, currency)];
}
