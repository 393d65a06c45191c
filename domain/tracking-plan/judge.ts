import type { EventContract } from '../../contracts/events/event-contract.js';
import { kindOf } from '../../contracts/events/open-fields.js';
import { toUtc } from '../../contracts/events/intake.js';
import type { Json, JsonObject } from '../../contracts/json.js';
import type {
  PlanMode,
  PlannedType,
  PlanViolation,
  PropertyType,
  TrackingPlan,
  ViolationKind,
} from '../../contracts/tracking-plans/tracking-plan.js';
import { ownValue } from '../own-value.js';

/** An event as it is about to be stored, or as it is: amounts in minor units, without nulls; names of the context are left out. */
export interface Judged {
  readonly type: string;
  readonly contract: EventContract | undefined;
  readonly properties: JsonObject;
}

/** A violation, and what the plan does about it. */
export interface Finding extends PlanViolation {
  readonly mode: Exclude<PlanMode, 'accept'>;
}

type Mode = 'unknown_properties' | 'missing_properties' | 'wrong_types';

/** What the plan has against an event, the hardest first; what it accepts is not said. */
export function judge(plan: TrackingPlan, { type, contract, properties }: Judged): readonly Finding[] {
  const planned = ownValue(plan.types ?? {}, type);
  if (contract === undefined && planned === undefined) return said({ kind: 'unknown_type' }, plan.unknown_types);
  const modeOf = (mode: Mode): PlanMode => planned?.[mode] ?? plan[mode] ?? 'accept';
  const findings = [
    ...unknownProperties(properties, { planned, contract, mode: modeOf('unknown_properties') }),
    ...missingProperties(properties, { planned, contract, mode: modeOf('missing_properties') }),
    ...wrongTypes(properties, { planned, contract, mode: modeOf('wrong_types') }),
  ];
  return findings.sort((a, b) => hardness[b.mode] - hardness[a.mode]);
}

const hardness: Readonly<Record<Finding['mode'], number>> = { warn: 0, quarantine: 1, block: 2 };

interface Rules {
  readonly planned: PlannedType | undefined;
  readonly contract: EventContract | undefined;
  readonly mode: PlanMode;
}

function unknownProperties(properties: JsonObject, { planned, contract, mode }: Rules): readonly Finding[] {
  if (mode === 'accept') return [];
  const unknown = Object.keys(properties).filter(
    (name) => !isDeclared(contract, name) && ownValue(planned?.properties ?? {}, name) === undefined,
  );
  return unknown.flatMap((field) => said({ kind: 'unknown_property', field }, mode));
}

function missingProperties(properties: JsonObject, { planned, contract, mode }: Rules): readonly Finding[] {
  if (mode === 'accept') return [];
  const required = Object.entries(planned?.properties ?? {}).filter(([, property]) => property.required === true);
  const missing = required.filter(([name]) => !Object.hasOwn(properties, storedName(contract, name)));
  return missing.flatMap(([field]) => said({ kind: 'missing_property', field }, mode));
}

function wrongTypes(properties: JsonObject, { planned, mode }: Rules): readonly Finding[] {
  if (mode === 'accept') return [];
  return Object.entries(planned?.properties ?? {}).flatMap(([field, { type }]) => {
    const value = ownValue(properties, field);
    if (value === undefined || type === undefined || isOf(type, value)) return [];
    return said(
      {
        kind: 'wrong_type',
        field,
        found: type === 'datetime' && typeof value === 'string' ? 'text that is no time' : kindOf(value),
      },
      mode,
    );
  });
}

function said(violation: PlanViolation & { readonly kind: ViolationKind }, mode: PlanMode | undefined): readonly Finding[] {
  return mode === undefined || mode === 'accept' ? [] : [{ ...violation, mode }];
}

/** True for a field of the contract by its stored name. */
export function isDeclared(contract: EventContract | undefined, name: string): boolean {
  return contract !== undefined && Object.hasOwn(contract.fields, name);
}

/** An amount is stored in minor units, under a name of its own. */
export function storedName(contract: EventContract | undefined, name: string): string {
  return contract?.money.includes(name) === true ? `${name}_minor` : name;
}

function isOf(type: PropertyType, value: Json): boolean {
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'datetime':
      return (
        typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(value) && toUtc(value) !== undefined
      );
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
  }
}
