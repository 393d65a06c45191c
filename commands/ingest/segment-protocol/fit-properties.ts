import { findContract, type EventContract } from '../../../contracts/events/registry.js';
import { fitProducts } from './fit-products.js';
import { isNothing, type JsonRecord } from './json-record.js';

/** What Segment's specs call the amount of a whole order, in the order in which it is looked for. */
const amounts = ['total', 'revenue', 'value'] as const;

/** What says the same where Segment's specs have no field for what a contract needs. */
const substitutes: readonly (readonly [field: string, instead: readonly string[]])[] = [
  ['product_id', ['sku', 'id']],
  ['checkout_id', ['order_id']],
];

/** Numbers of seconds are below, of milliseconds above. */
const SECONDS_END = 100_000_000_000;

/**
 * Properties as the contract of the type names and forms them: an order's `total` is its `amount`, numbers become the texts and times that the
 * contract wants, a required time is that of the event. Types without a contract keep their properties as they are.
 */
export function fitProperties(type: string, properties: JsonRecord, at: string): JsonRecord {
  const contract = findContract(type);
  if (contract === undefined) return properties;
  const named = withSubstitutes(contract, withAmount(contract, fitProducts(contract, properties)));
  return Object.fromEntries(
    Object.entries(withTime(contract, named, at)).map(([name, value]) => [name, fitValue(contract, name, value)]),
  );
}

/** Without a currency it is an amount only where the contract cannot do without one. */
function withAmount(contract: EventContract, properties: JsonRecord): JsonRecord {
  if (!contract.money.includes('amount') || Object.hasOwn(properties, 'amount')) return properties;
  const named = amounts.find((name) => isDecimal(properties[name]));
  if (named === undefined || (isNothing(properties['currency']) && !isNeeded(contract, 'amount', properties))) return properties;
  const { [named]: amount, ...others } = properties;
  return { ...others, amount };
}

function isDecimal(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value));
}

function withSubstitutes(contract: EventContract, properties: JsonRecord): JsonRecord {
  let filled = properties;
  for (const [field, others] of substitutes) {
    const instead = others.find((name) => !isNothing(properties[name]));
    if (instead !== undefined && isNothing(properties[field]) && isNeeded(contract, field, properties))
      filled = { ...filled, [field]: properties[instead] };
  }
  return filled;
}

function withTime(contract: EventContract, properties: JsonRecord, at: string): JsonRecord {
  const { timeField } = contract;
  if (timeField === undefined || Object.hasOwn(properties, timeField)) return properties;
  return isNeeded(contract, timeField, properties) ? { ...properties, [timeField]: at } : properties;
}

/** True when the contract wants the field, and misses it. */
function isNeeded({ schemas }: EventContract, field: string, properties: JsonRecord): boolean {
  return schemas.wire.safeParse(properties).error?.issues.some(({ path }) => path[0] === field) ?? false;
}

/** A number becomes the text, or the time, that the contract wants; everything else stays, for ingest to judge. */
function fitValue(contract: EventContract, name: string, value: unknown): unknown {
  const field = Object.hasOwn(contract.fields, name) ? contract.fields[name] : undefined;
  if (typeof value !== 'number' || field === undefined || field.schema.safeParse(value).success) return value;
  return [String(value), timeOf(value)].find((form) => field.schema.safeParse(form).success) ?? value;
}

function timeOf(number: number): string {
  const time = new Date(number < SECONDS_END ? number * 1_000 : number);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}
