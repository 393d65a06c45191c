import { curlExample } from './event-example.js';
import type { EventContract } from './events/event-contract.js';
import { bodySchema, type JsonSchema } from './schema-export.js';

/** What a reader is told of one event type; words in back quotes are code. */
export interface EventDescription {
  readonly type: string;
  readonly purpose: string;
  readonly facts: string;
  readonly fields: readonly EventFieldDescription[];
  /** What to copy: a command for types that modules push, else the body as the engine records it. */
  readonly example: { readonly language: 'sh' | 'json'; readonly text: string };
}

/** A line of the table of fields. */
export interface EventFieldDescription {
  readonly name: string;
  readonly kind: string;
  readonly required: 'yes' | '';
  readonly pii: string;
  readonly about: string;
}

/** Describes a contract in words. */
export function describeEvent(contract: EventContract): EventDescription {
  const { type, purpose, intake } = contract;
  const schema = bodySchema(contract);
  const fields = Object.entries(schema.properties).map(([name, property]): EventFieldDescription => {
    const required = schema.required.includes(name) ? 'yes' : '';
    return { name, kind: typeName(property), required, pii: String(property['x-pii']), about: String(property.description) };
  });
  return {
    type,
    purpose,
    facts: factsOf(contract).join(' '),
    fields,
    example: intake
      ? { language: 'sh', text: curlExample(contract) }
      : { language: 'json', text: JSON.stringify(contract.example, null, 2) },
  };
}

function factsOf(contract: EventContract): readonly string[] {
  const { version, owner, timeField, identifiers, measures, engineFields, streamField } = contract;
  const named = Object.keys(identifiers);
  const sums = codes(measures.map(({ field, per }) => (per ? `${field}.<${per}>` : field)));
  const who = streamField === undefined ? 'Profiles sum' : 'What is counted:';
  return [
    `Version ${version}, owner ${owner}.`,
    ...(timeField === undefined ? [] : [`It happened at \`${timeField}\`, unless the envelope says otherwise.`]),
    ...(named.length === 0 ? [] : [`Identifies the customer by ${codes(named)}.`]),
    ...(measures.length === 0 ? [] : [`${who} ${sums} per day.`]),
    ...(streamField === undefined
      ? []
      : [`It names no customer; what is pushed stands together by source and \`${streamField}\`.`]),
    ...(engineFields.length === 0
      ? []
      : [`Recorded by the engine itself, it holds ${codes(engineFields)} too; modules cannot send these.`]),
  ];
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** A short name for what a property takes. */
function typeName(schema: JsonSchema): string {
  const { type, format, enum: values, anyOf, items } = schema;
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(', ');
  if (Array.isArray(anyOf)) return anyOf.map((option: JsonSchema) => typeName(option)).join(' or ');
  if (type === 'array' && isSchema(items)) return `list of ${typeName(items)}`;
  if (type === 'object' && isSchema(schema.properties)) return `{${Object.keys(schema.properties).join(', ')}}`;
  const name = Array.isArray(type) ? type.join(' or ') : String(type);
  return typeof format === 'string' ? `${name} (${format})` : name;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
