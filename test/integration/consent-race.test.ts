import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { race, type RacingCustomer } from '../support/consent-race.js';

/** Withdrawals in all; CEBE_RACE_WITHDRAWALS asks for more. */
const WITHDRAWALS = Number(process.env['CEBE_RACE_WITHDRAWALS'] ?? 10_000);
const EACH = 2_000;
const MINUTES = 20;

const customer: fc.Arbitrary<RacingCustomer> = fc.record(
  {
    by: fc.constantFrom('link', 'module', 'person'),
    when: fc.constantFrom('early', 'meanwhile', 'behind', 'behind'),
    pauseMs: fc.oneof({ weight: 60, arbitrary: fc.constant(0) }, fc.constantFrom(1, 1_999, 2_000, 2_001, 5_000)),
    grants: fc.constantFrom('nothing', 'nothing', 'before', 'after'),
  },
  { noNullPrototype: true },
);

describe('withdrawals that race dispatches', () => {
  it(
    'are followed by no reservation, and by no sending later than 2 s after they were acknowledged',
    async () => {
      const all = { withdrawn: 0, sent: 0, suppressed: 0, lapsed: 0 };
      await fc.assert(
        fc.asyncProperty(fc.array(customer, { minLength: EACH, maxLength: EACH, size: 'max' }), async (customers) => {
          const result = await race(customers);
          expect(result).toMatchObject({ reservedBehind: [], startedLate: [] });
          expect(result.sent + result.suppressed).toBe(customers.length);
          for (const name of ['withdrawn', 'sent', 'suppressed', 'lapsed'] as const) all[name] += result[name];
        }),
        { numRuns: Math.ceil(WITHDRAWALS / EACH), endOnFailure: true },
      );
      expect(all.withdrawn).toBeGreaterThanOrEqual(WITHDRAWALS);
      // Each way a race can end was seen.
      expect(Math.min(all.sent, all.suppressed, all.lapsed)).toBeGreaterThan(0);
      process.stdout.write(`${JSON.stringify(all)}\n`);
    },
    MINUTES * 60_000,
  );
});
