import fc from 'fast-check';
import { z } from 'zod';
import type { EventContract } from '../../contracts/events/event-contract.js';
import type { Json, JsonObject } from '../../contracts/json.js';

type Schema = z.core.JSONSchema.BaseSchema;

/** Text that no predicate takes for personal. */
export const harmlessText = fc.stringMatching(/^[a-z ]{0,20}$/);

/** Any JSON without nulls, at most three levels deep. */
export const anyJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    harmlessText,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('json'), { maxKeys: 3 }),
  ),
})).json;

/** Complete stored bodies that satisfy a contract, some with undeclared properties beside the declared ones. */
export function arbitraryBody(contract: EventContract): fc.Arbitrary<JsonObject> {
  const schema = z.toJSONSchema(contract.schemas.written, { io: 'input' });
  const declared = arbitraryOf(schema) as fc.Arbitrary<JsonObject>;
  const undeclared = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,8}$/), anyJson, { maxKeys: 4, noNullPrototype: true });
  return fc.tuple(declared, undeclared).map(([known, other]) => ({ ...other, ...known }));
}

function arbitraryOf(schema: Schema): fc.Arbitrary<Json> {
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => arbitraryOf(option)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => arbitraryOf({ type })));
  if (schema.enum) return fc.constantFrom(...(schema.enum as Json[]));
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer')
    return fc.integer({ min: schema.exclusiveMinimum === 0 ? 1 : Math.max(schema.minimum ?? 0, -1e6), max: 1e6 });
  if (schema.type === 'number') return fc.integer({ min: 1, max: 1_000 });
  if (schema.type === 'array') return fc.array(arbitraryOf(schema.items as Schema), { maxLength: 4 });
  if (schema.type === 'object') return arbitraryObject(schema);
  if (schema.type === 'string') return arbitraryText(schema);
  throw new Error(`expected a kind of schema that contracts use, found ${JSON.stringify(schema)}`);
}

function arbitraryText(schema: Schema): fc.Arbitrary<string> {
  if (schema.format === 'date-time')
    return fc.constantFrom('2026-11-22T10:00:00Z', '2026-02-28T23:59:59.999+07:00', '1997-01-01T00:00:00-05:30');
  if (schema.format === 'date') return fc.constantFrom('1815-12-10', '2024-02-29');
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
  return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) });
}

function arbitraryObject(schema: Schema): fc.Arbitrary<JsonObject> {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, inner]) => [name, arbitraryOf(inner as Schema)] as const,
  );
  return fc.record(Object.fromEntries(properties), { requiredKeys: schema.required ?? [], noNullPrototype: true });
}
