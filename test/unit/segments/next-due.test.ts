import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { compileRule } from '../../../domain/segment/rule-program.js';
import { decodedEvent } from '../../support/decoded-events.js';
import { foldProfile } from '../../support/profiles.js';
import { ruleOf, shortWindowRules } from '../../support/rules.js';

const HOUR = 3_600_000;
/** Zones with a day on which their clocks changed. */
const changes = [
  ['UTC', '2026-11-22'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Asia/Jakarta', '2026-11-22'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2019-02-16'],
  ['America/St_Johns', '2010-11-07'],
  ['America/Havana', '2026-11-01'],
  ['Pacific/Apia', '2011-12-30'],
  ['Africa/Casablanca', '2026-02-15'],
] as const;

function withOrders(times: readonly string[], zone: string): ProfileDocument {
  const log = times.map((at, revision) => decodedEvent({ type: 'order_created', stream: 'customer-w1.1', at, revision }));
  const profile = foldProfile(log, zone);
  if (profile === null) throw new Error('Expected a profile.');
  return profile;
}

const did = (more: object) => compileRule(ruleOf({ type: 'behavior', event: 'order_created', op: 'did_event', ...more }));
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());

describe('the instant at which a window runs out', () => {
  it('is the local midnight behind the last day that reaches back far enough', () => {
    const profile = withOrders(['2026-11-22T18:00:00.000Z'], 'Asia/Jakarta');
    const time = { instant: Date.parse('2026-11-22T19:00:00.000Z'), zone: 'Asia/Jakarta' };
    expect(iso(did({ within_days: 30 }).nextDue(profile, time))).toBe('2026-12-22T17:00:00.000Z');
  });

  it('follows daylight saving', () => {
    const profile = withOrders(['2026-10-20T10:00:00.000Z'], 'Europe/Berlin');
    const time = { instant: Date.parse('2026-10-20T10:00:00.000Z'), zone: 'Europe/Berlin' };
    expect(iso(did({ within_days: 5 }).nextDue(profile, time))).toBe('2026-10-24T22:00:00.000Z');
    expect(iso(did({ within_days: 6 }).nextDue(profile, time))).toBe('2026-10-25T23:00:00.000Z');
  });

  it('is that of the oldest event still needed', () => {
    const profile = withOrders(['2026-11-18T10:00:00.000Z', '2026-11-20T10:00:00.000Z', '2026-11-22T10:00:00.000Z'], 'UTC');
    const time = { instant: Date.parse('2026-11-22T12:00:00.000Z'), zone: 'UTC' };
    expect(iso(did({ within_days: 7, count_gte: 2 }).nextDue(profile, time))).toBe('2026-11-27T00:00:00.000Z');
    expect(iso(did({ within_days: 7, count_gte: 3 }).nextDue(profile, time))).toBe('2026-11-25T00:00:00.000Z');
    expect(iso(did({ within_days: 7, count_lte: 2 }).nextDue(profile, time))).toBe('2026-11-25T00:00:00.000Z');
  });

  it('does not exist for rules without windows, windows that are over, and answers that others hold', () => {
    const profile = withOrders(['2026-11-01T10:00:00.000Z'], 'UTC');
    const time = { instant: Date.parse('2026-11-22T12:00:00.000Z'), zone: 'UTC' };
    const window = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 30 };
    const ever = { type: 'behavior', event: 'order_created', op: 'did_event' };
    expect(did({}).nextDue(profile, time)).toBeNull();
    expect(did({ within_days: 7 }).nextDue(profile, time)).toBeNull();
    expect(compileRule(ruleOf({ op: 'OR', rules: [window, ever] })).nextDue(profile, time)).toBeNull();
  });

  it('is exactly when the answer changes, through any change of the clocks', () => {
    const cases = fc.record({
      change: fc.constantFrom(...changes),
      rule: shortWindowRules,
      hours: fc.array(fc.integer({ min: -9 * 24, max: 12 }), { minLength: 1, maxLength: 8 }),
      start: fc.integer({ min: -48, max: 48 }),
    });
    fc.assert(
      fc.property(cases, ({ change: [zone, date], rule, hours, start }) => {
        const now = Date.parse(`${date}T00:00:00.000Z`) + start * HOUR;
        const times = hours.map((hour) => new Date(Math.min(now + hour * HOUR, now + 600_000)).toISOString());
        const profile = withOrders(times, zone);
        const program = compileRule(ruleOf(rule));
        const due = program.nextDue(profile, { instant: now, zone });
        const holdsAt = (instant: number): boolean => program.matches(profile, { instant, zone });
        const end = due ?? now + 20 * 24 * HOUR;
        const surprises: string[] = [];
        for (let instant = now; instant < end; instant += HOUR / 2) {
          if (holdsAt(instant) !== holdsAt(now)) surprises.push(new Date(instant).toISOString());
        }
        expect(surprises).toEqual([]);
        if (due === null) return;
        expect(due).toBeGreaterThan(now);
        expect(holdsAt(due - 1)).toBe(holdsAt(now));
        expect(holdsAt(due)).toBe(!holdsAt(now));
      }),
      { numRuns: 500 },
    );
  });
});
