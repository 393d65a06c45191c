import type { Json, JsonObject } from '../../contracts/json.js';
import type { ExactSum, MeasureSums } from '../../contracts/read-models/profile.js';
import { fromMinorUnits } from '../../contracts/money.js';

const SUFFIX = '_minor';

/** A sum of money as people read it. */
export interface MoneySum {
  readonly amount: string;
  readonly currency: string;
}

/** Sums as they leave the engine: `{"amount_minor.USD": 3980, "quantity": 4}` becomes `{amount: [{amount: "39.80", currency: "USD"}], quantity: 4}`. */
export function wireSums(sums: MeasureSums): Readonly<Record<string, ExactSum | readonly MoneySum[]>> {
  const wire: Record<string, ExactSum | MoneySum[]> = {};
  for (const [name, value] of Object.entries(sums)) {
    const [measure = '', currency] = name.split('.');
    if (currency === undefined || !measure.endsWith(SUFFIX)) {
      wire[name] = value;
      continue;
    }
    const amount = measure.slice(0, -SUFFIX.length);
    const others = wire[amount];
    wire[amount] = [...(Array.isArray(others) ? others : []), { amount: fromMinorUnits(value, currency), currency }];
  }
  return wire;
}

/** Properties of an event as they leave the engine: whole minor units beside a `currency` become a decimal. */
export function wireProperties(properties: JsonObject): JsonObject {
  const { currency } = properties;
  if (typeof currency !== 'string') return properties;
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]): readonly [string, Json] =>
      name.endsWith(SUFFIX) && typeof value === 'number'
        ? [name.slice(0, -SUFFIX.length), fromMinorUnits(value, currency)]
        : [name, value],
    ),
  );
}
