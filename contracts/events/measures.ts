import type { JsonObject } from '../json.js';
import { findContract } from './event-contracts.js';

/** What an event adds to the sums of its day: `{"amount_minor.USD": 1990, "quantity": 2}`; empty for types that measure nothing. */
export function measuresOf(type: string, data: JsonObject): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { field, per } of findContract(type)?.measures ?? []) {
    const value = data[field];
    const kind = per === undefined ? '' : data[per];
    if (typeof value !== 'number' || typeof kind !== 'string') continue;
    sums[per === undefined ? field : `${field}.${kind}`] = value;
  }
  return sums;
}
