import type { ErrorPlace } from '../errors.js';
import type { JsonObject } from '../json.js';
import type { IntakeRefusal } from '../quarantine-codes.js';
import { isSurelyValid } from '../surely-valid.js';
import { placesOf, pointerStep } from '../zod-places.js';
import { identifiersOf, type FoundIdentifier, type LooksPersonal } from './classify.js';
import type { EventContract, IdentifierKind } from './event-contract.js';
import { findContract } from './event-contracts.js';
import { standingOf } from './event-names.js';
import { readOpenFields } from './open-fields.js';
import { upcastData } from './upcasters.js';
import { adoptIdentifiers, storeMoney, unsetNulls, unsetProblem } from './wire-forms.js';

/** Properties that their contract accepts, in the form in which they are stored. */
export interface IntakeBody {
  readonly ok: true;
  /** To be split by `classify`. */
  readonly body: JsonObject;
  /** False for a snake_case type without a contract. */
  readonly declared: boolean;
  readonly schemaVersion: number;
  /** From the contract's time field, as UTC with milliseconds. */
  readonly occurredAt?: string | undefined;
  readonly identifiers: readonly FoundIdentifier[];
}

export interface ParseIntakeOptions {
  readonly looksPersonal: LooksPersonal;
  /** The version the module says it speaks; absent: the current one. */
  readonly schemaVersion?: number | undefined;
  /** What the envelope says under `customer.identifiers`; fills absent identifier fields of types that adopt them. */
  readonly identifiers?: Readonly<Partial<Record<IdentifierKind, string>>>;
}

const BASE = '/properties';

/** Takes the properties of a pushed event as their contract demands, or says what stands against it. */
export function parseIntake(type: string, properties: unknown, options: ParseIntakeOptions): IntakeBody | IntakeRefusal {
  const named = refusedType(type);
  if (named) return named;
  const open = readOpenFields(properties, { looksPersonal: options.looksPersonal, otherwise: 'properties_invalid', base: BASE });
  if (!open.ok) return open;
  const contract = findContract(type);
  if (!contract) {
    return { ok: true, body: open.fields, declared: false, schemaVersion: options.schemaVersion ?? 1, identifiers: [] };
  }
  const version = options.schemaVersion ?? contract.version;
  if (version > contract.version) {
    const detail = `expected a version up to ${contract.version}, found ${version}`;
    return { ok: false, code: 'schema_version_unknown', detail, pointer: '/schema_version' };
  }
  const current = adoptIdentifiers(
    contract,
    upcastData(type, version, unsetNulls(contract, open.fields, open.nulls)),
    options.identifiers,
  );
  return readDeclared(contract, current, options.looksPersonal);
}

function refusedType(type: string): IntakeRefusal | undefined {
  const pointer = '/type';
  switch (standingOf(type)) {
    case 'intake':
    case 'unknown':
      return undefined;
    case 'reserved':
      return {
        ok: false,
        code: 'type_reserved',
        detail: 'expected a type that modules may push, found one of the engine',
        pointer,
      };
    case 'malformed':
      return {
        ok: false,
        code: 'type_invalid',
        detail: 'expected snake_case, such as order_created, or a dotted name of the platform',
        pointer,
      };
  }
}

function readDeclared(contract: EventContract, wire: JsonObject, looksPersonal: LooksPersonal): IntakeBody | IntakeRefusal {
  const isThere = (name: string): boolean => Object.hasOwn(wire, name);
  const minor = contract.money.find((amount) => isThere(`${amount}_minor`));
  const taken = contract.engineFields.find(isThere) ?? (minor === undefined ? undefined : `${minor}_minor`);
  if (taken !== undefined) {
    const detail = 'the engine writes this field; send it under another name';
    return { ok: false, code: 'property_name_reserved', detail, pointer: BASE + pointerStep(taken) };
  }
  const place = wirePlace(contract, wire);
  if (place) return { ok: false, code: 'contract_violated', ...place };
  const unset = unsetProblem(wire, looksPersonal);
  if (unset) return unset;
  const money = storeMoney(contract, wire);
  if (!money.ok) return money;
  const time = contract.timeField === undefined ? undefined : money.body[contract.timeField];
  const occurredAt = typeof time === 'string' ? toUtc(time) : undefined;
  if (typeof time === 'string' && occurredAt === undefined) {
    const pointer = BASE + pointerStep(contract.timeField ?? '');
    return { ok: false, code: 'contract_violated', detail: 'expected a time in the years 0000 to 9999 of UTC', pointer };
  }
  return {
    ok: true,
    body: money.body,
    declared: true,
    schemaVersion: contract.version,
    occurredAt,
    identifiers: identifiersOf(contract.type, money.body),
  };
}

/** Where the wire form first breaks the contract. */
function wirePlace({ schemas }: EventContract, wire: JsonObject): ErrorPlace | undefined {
  if (isSurelyValid(schemas.wire, wire)) return undefined;
  const parsed = schemas.wire.safeParse(wire);
  return parsed.success ? undefined : placesOf(parsed.error, BASE)[0];
}

/** An ISO-8601 time with an offset as UTC with milliseconds; undefined when it falls outside the years that compare as text. */
export function toUtc(time: string): string | undefined {
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) return undefined;
  const utc = new Date(milliseconds).toISOString();
  return utc.length === 24 ? utc : undefined;
}
