import type { ErrorPlace } from '../../contracts/errors.js';
import { pointerStep } from '../../contracts/zod-places.js';
import { customerKeyOf, type InputItem, type Refused } from '../sending/outgoing-entry.js';
import { convertValue } from './convert-value.js';
import type { FieldMap, ImportMap } from './map-schema.js';
import { asText, type Template, type TemplateRow } from './template.js';

/** A row of the input: what templates read, and what it looked like. */
export interface SourceRow extends TemplateRow {
  readonly row: unknown;
}

/** The places of a map that read a name that the input does not have. */
export function unknownNames(map: ImportMap, known: readonly string[]): readonly ErrorPlace[] {
  const names = new Set(known);
  return templatesOf(map).flatMap(({ pointer, template }) =>
    template.names
      .filter((name) => !names.has(name))
      .map((name) => ({ pointer, detail: `expected one of the columns ${known.join(', ')}; found ${name}` })),
  );
}

/** The event of a row, or why it gives none. */
export function mapRow(source: SourceRow, map: ImportMap, zone: string): InputItem {
  const { line, row } = source;
  try {
    const event = eventOf(source, map, zone);
    return { kind: 'entry', entry: { line, text: JSON.stringify(event), customerKey: customerKeyOf(event), row } };
  } catch (error) {
    if (!(error instanceof RowRefusal)) throw error;
    const { code, message: detail, pointer } = error;
    const refused: Refused = { line, code, detail, pointer, row };
    return { kind: 'refused', refused };
  }
}

/** Thrown inside of this file only. */
class RowRefusal extends Error {
  readonly code: string;
  readonly pointer: string;

  constructor(code: string, detail: string, pointer: string) {
    super(detail);
    this.code = code;
    this.pointer = pointer;
  }
}

function eventOf(source: SourceRow, map: ImportMap, zone: string): object {
  const { qontak_customer_id: customerId, identifiers = {} } = map.customer;
  const id = customerId === undefined ? undefined : textOf(customerId, source);
  const named = Object.entries(identifiers).flatMap(([kind, template]) => {
    const value = textOf(template, source);
    return value === undefined ? [] : [[kind, value] as const];
  });
  const occurredAt =
    map.occurred_at === undefined
      ? undefined
      : fieldValue(source, { as: 'time', ...map.occurred_at }, { zone, pointer: '/occurred_at' });
  const fieldsOf = (fields: Readonly<Record<string, FieldMap>>, base: string): object =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, field]) => {
        const value = fieldValue(source, field, { zone, pointer: base + pointerStep(name) });
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  return {
    type: required(source, map.type, 'type'),
    message_id: required(source, map.message_id, 'message_id'),
    ...(occurredAt === undefined ? {} : { occurred_at: occurredAt }),
    customer: {
      ...(id === undefined ? {} : { qontak_customer_id: id }),
      ...(named.length === 0 ? {} : { identifiers: Object.fromEntries(named) }),
    },
    properties: fieldsOf(map.properties, '/properties'),
    ...(map.context === undefined ? {} : { context: fieldsOf(map.context, '/context') }),
  };
}

function fieldValue(source: SourceRow, field: FieldMap, at: { readonly zone: string; readonly pointer: string }): unknown {
  const value = field.constant ?? field.value?.render(source);
  if (value === undefined) return undefined;
  const converted = convertValue(value, field, at.zone);
  if (converted.ok) return converted.value;
  throw new RowRefusal('value_invalid', `expected ${converted.expected}, found another value`, at.pointer);
}

function required(source: SourceRow, template: Template, name: 'type' | 'message_id'): string {
  const text = textOf(template, source);
  if (text !== undefined) return text;
  throw new RowRefusal(
    `${name}_missing`,
    `expected values for ${template.names.join(', ')}, found one that is absent`,
    `/${name}`,
  );
}

function textOf(template: Template, source: SourceRow): string | undefined {
  const value = template.render(source);
  return value === undefined ? undefined : asText(value).trim();
}

function templatesOf(map: ImportMap): readonly { readonly pointer: string; readonly template: Template }[] {
  const { qontak_customer_id: customerId, identifiers = {} } = map.customer;
  const fields = (group: Readonly<Record<string, FieldMap>>, base: string) =>
    Object.entries(group).map(([name, { value }]) => ({ pointer: base + pointerStep(name), template: value }));
  return [
    { pointer: '/type', template: map.type },
    { pointer: '/message_id', template: map.message_id },
    { pointer: '/customer/qontak_customer_id', template: customerId },
    ...Object.entries(identifiers).map(([kind, template]) => ({ pointer: `/customer/identifiers/${kind}`, template })),
    { pointer: '/occurred_at', template: map.occurred_at?.value },
    ...fields(map.properties, '/properties'),
    ...fields(map.context ?? {}, '/context'),
  ].flatMap(({ pointer, template }) => (template === undefined ? [] : [{ pointer, template }]));
}
