import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addOccurrence, mergeCounters } from '../../../domain/customer/event-counters.js';
import type { EventCounters } from '../../../contracts/read-models/profile.js';
import { wireSums } from '../../../projections/customers/wire-money.js';

const at = '2026-11-22T10:00:00.000Z';
const largest = Number.MAX_SAFE_INTEGER;

function counted(amounts: readonly number[]): EventCounters | undefined {
  return amounts.reduce<EventCounters | undefined>(
    (counters, value) => addOccurrence(counters, { at, day: '2026-11-22', sums: { 'amount_minor.USD': value } }),
    undefined,
  );
}

describe('sums of events', () => {
  it('stay exact beyond what numbers hold exactly, for life and for the day', () => {
    const counters = counted([largest, largest, 1]);
    expect(counters?.sums).toEqual({ 'amount_minor.USD': '18014398509481983' });
    expect(counters?.days['2026-11-22']?.sums).toEqual({ 'amount_minor.USD': '18014398509481983' });
    expect(wireSums(counters?.sums ?? {})).toEqual({ amount: [{ amount: '180143985094819.83', currency: 'USD' }] });
  });

  it('are the same sum in the same form, however they came about', () => {
    const amounts = fc.array(fc.oneof(fc.maxSafeNat(), fc.constant(largest), fc.nat(10)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(amounts, amounts, (one, other) => {
        const all = [...one, ...other];
        const exact = all.reduce((sum, value) => sum + BigInt(value), 0n);
        const form = exact <= BigInt(largest) ? Number(exact) : String(exact);
        const [a, b] = [counted(one), counted(other)];
        if (a === undefined || b === undefined) throw new Error('Expected counters.');
        expect(mergeCounters(a, b)).toEqual(mergeCounters(b, a));
        expect(mergeCounters(a, b)).toEqual(counted(all));
        expect(counted(all)?.sums['amount_minor.USD']).toBe(form);
      }),
    );
  });
});
