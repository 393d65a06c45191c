import { z } from 'zod';
import type { EventContract } from './events/event-contract.js';
import { listContracts } from './events/event-contracts.js';
import { intakeEventSchema } from './ingest.js';
import { fromMinorUnits } from './money.js';
import { segmentRuleSchema } from './segments/rule.js';

/** A JSON Schema document, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A JSON Schema of an object, with what contracts say about each property. */
export interface BodySchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/**
 * JSON Schema of the body of one type: of its `properties` as modules send them, or, for types of the engine, as they are stored.
 * `x-pii` says how personal each property is, `x-contract` the version, owner and intake.
 */
export function bodySchema(contract: EventContract): BodySchema {
  const schema = z.toJSONSchema(contract.intake ? contract.schemas.wire : contract.schemas.written, { io: 'input' });
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, property]) => {
      const field = contract.fields[name] ?? contract.fields[`${name}_minor`];
      return [name, { ...(typeof property === 'object' ? property : {}), description: field?.about, 'x-pii': field?.pii }];
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `cebe:events:${contract.type}:${contract.version}`,
    title: contract.type,
    description: contract.purpose,
    type: 'object',
    'x-contract': { version: contract.version, owner: contract.owner, intake: contract.intake },
    properties,
    required: schema.required ?? [],
    additionalProperties: true,
    examples: [contract.intake ? wireExample(contract) : contract.example],
  };
}

/** Every schema that people write against: the envelope, each type's body, the segment rule. */
export function exportSchemas(): {
  readonly event: JsonSchema;
  readonly segment_rule: JsonSchema;
  readonly bodies: Readonly<Record<string, BodySchema>>;
} {
  return {
    event: z.toJSONSchema(intakeEventSchema, { io: 'input' }),
    segment_rule: z.toJSONSchema(segmentRuleSchema, { io: 'input' }),
    bodies: Object.fromEntries(listContracts().map((contract) => [contract.type, bodySchema(contract)])),
  };
}

/** What a module sends as `properties`: the contract's example with its amounts as decimals. */
export function wireExample(contract: EventContract): Readonly<Record<string, unknown>> {
  if (contract.moduleExample) return contract.moduleExample;
  const currency = typeof contract.example.currency === 'string' ? contract.example.currency : '';
  return Object.fromEntries(
    Object.entries(contract.example).map(([name, value]) => {
      const amount = contract.money.find((money) => name === `${money}_minor`);
      return amount === undefined || typeof value !== 'number' ? [name, value] : [amount, fromMinorUnits(value, currency)];
    }),
  );
}
