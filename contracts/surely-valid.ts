import type { z } from 'zod';

type Test = (value: unknown) => boolean;

/**
 * True only for a value that the schema would take as it is; false says nothing: ask the schema. It costs a tenth of parsing and makes no
 * garbage, and nearly every event that comes or is read is valid. Kinds of schema that it does not know are never surely valid.
 */
export function isSurelyValid(schema: z.core.$ZodType, value: unknown): boolean {
  let test = tests.get(schema);
  if (test === undefined) {
    test = testOf(schema);
    tests.set(schema, test);
  }
  return test(value);
}

const tests = new WeakMap<z.core.$ZodType, Test>();
const never: Test = () => false;

function testOf(schema: z.core.$ZodType): Test {
  // The library types a schema's definition by its kind, which `type` names.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'string') return stringTest(def);
  if (def.type === 'number') return numberTest(def);
  if (def.type === 'array') return arrayTest(def);
  if (hasChecks(def)) return never;
  if (def.type === 'object') return objectTest(def);
  if (def.type === 'unknown') return () => true;
  if (def.type === 'boolean') return (value) => typeof value === 'boolean';
  if (def.type === 'record') return isAnything(def.valueType) && isAnyText(def.keyType) ? isPlainRecord : never;
  if (def.type === 'nonoptional') {
    const inner = testOf(def.innerType);
    return (value) => value !== undefined && inner(value);
  }
  if (def.type === 'union') {
    const options = def.options.map(testOf);
    return (value) => {
      for (const option of options) if (option(value)) return true;
      return false;
    };
  }
  if (def.type !== 'enum') return never;
  const values = new Set<unknown>(Object.values(def.entries));
  return (value) => values.has(value);
}

/** A loop, since a closure for each value would be the most of what testing it costs. */
function holdsAll(parts: readonly Test[], value: unknown): boolean {
  for (const part of parts) if (!part(value)) return false;
  return true;
}

function stringTest(def: z.core.$ZodStringDef): Test {
  // A format is a check that the schema itself is.
  const checks: readonly object[] = 'check' in def ? [def, ...checksOf(def)] : checksOf(def);
  const parts = checks.map(stringCheck);
  if (def.coerce === true || parts.includes(never)) return never;
  return (value) => typeof value === 'string' && holdsAll(parts, value);
}

function stringCheck(check: object): Test {
  // Checks are told apart by their name; the limits and the pattern are those of that name.
  const { check: name, format, pattern, minimum, maximum } = check as Readonly<Record<string, unknown>>;
  if (name === 'min_length' && typeof minimum === 'number')
    return (value) => typeof value === 'string' && value.length >= minimum;
  if (name === 'max_length' && typeof maximum === 'number')
    return (value) => typeof value === 'string' && value.length <= maximum;
  const isPattern = name === 'string_format' && (format === 'regex' || format === 'datetime' || format === 'date');
  if (!isPattern || !(pattern instanceof RegExp) || pattern.global || pattern.sticky) return never;
  return (value) => typeof value === 'string' && pattern.test(value);
}

function numberTest(def: z.core.$ZodNumberDef): Test {
  const checks: readonly object[] = 'check' in def ? [def, ...checksOf(def)] : checksOf(def);
  const parts = checks.map(numberCheck);
  if (def.coerce === true || parts.includes(never)) return never;
  return (value) => typeof value === 'number' && Number.isFinite(value) && holdsAll(parts, value);
}

function numberCheck(check: object): Test {
  // As above.
  const { check: name, format, value: limit, inclusive } = check as Readonly<Record<string, unknown>>;
  if (name === 'number_format' && format === 'safeint') return Number.isSafeInteger;
  if (name !== 'greater_than' || typeof limit !== 'number') return never;
  return (value) => typeof value === 'number' && (inclusive === true ? value >= limit : value > limit);
}

function arrayTest(def: z.core.$ZodArrayDef): Test {
  const inner = testOf(def.element);
  const [limit, ...others] = checksOf(def) as readonly Readonly<Record<string, unknown>>[];
  if (others.length > 0 || (limit !== undefined && limit['check'] !== 'max_length')) return never;
  const most = limit === undefined ? Infinity : limit['maximum'];
  return (value) => Array.isArray(value) && typeof most === 'number' && value.length <= most && value.every(inner);
}

interface FieldTest {
  readonly name: string;
  /** `exactly`: it may be missing; `or_undefined`: it may also be undefined. */
  readonly optional: 'no' | 'exactly' | 'or_undefined';
  readonly test: Test;
}

function objectTest(def: z.core.$ZodObjectDef): Test {
  const catchall = def.catchall?._zod.def.type;
  // Without a catchall the schema drops other fields: the value would not be taken as it is.
  if (catchall !== 'unknown' && catchall !== 'never') return never;
  const fields = Object.entries(def.shape).map(([name, schema]) => fieldTest(name, schema));
  const names = new Set(Object.keys(def.shape));
  return (value) => {
    if (!isPlainRecord(value)) return false;
    for (const { name, optional, test } of fields) {
      const inner = value[name];
      const holds =
        inner === undefined ? optional === 'or_undefined' || (optional === 'exactly' && !(name in value)) : test(inner);
      if (!holds) return false;
    }
    if (catchall === 'never') for (const name in value) if (!names.has(name)) return false;
    return true;
  };
}

function fieldTest(name: string, schema: z.core.$ZodType): FieldTest {
  // As above.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== 'optional') return { name, optional: 'no', test: testOf(schema) };
  if (hasChecks(def)) return { name, optional: 'no', test: never };
  // Both kinds are called optional; only the exact one refuses undefined.
  const isExact = (schema as z.core.$ZodTypes)._zod.traits.has('$ZodExactOptional');
  return { name, optional: isExact ? 'exactly' : 'or_undefined', test: testOf(def.innerType) };
}

function isPlainRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype && !Object.hasOwn(value, '__proto__');
}

function isAnything(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === 'unknown' && !hasChecks(schema._zod.def);
}

function isAnyText(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === 'string' && !('check' in schema._zod.def) && !hasChecks(schema._zod.def);
}

function checksOf(def: z.core.$ZodTypeDef): readonly object[] {
  return (def.checks ?? []).map((check) => check._zod.def);
}

function hasChecks(def: z.core.$ZodTypeDef): boolean {
  return (def.checks?.length ?? 0) > 0;
}
