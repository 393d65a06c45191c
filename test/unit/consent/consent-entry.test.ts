import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConsentEntry } from '../../../contracts/read-models/profile.js';
import { mayBeWrittenTo } from '../../../domain/campaign/consent.js';
import { latestConsent, statementIn, stricterConsent, type ConsentEvent } from '../../../domain/consent/consent-entry.js';

const about = { channel: 'email', purpose: 'marketing' };
const instant = fc.integer({ min: 0, max: 6 }).map((ms) => new Date(1_763_888_400_000 + ms).toISOString());
const via = fc.constantFrom({}, { via: 'a' }, { via: 'b' });
const events: fc.Arbitrary<ConsentEvent> = fc
  .tuple(fc.constantFrom('granted', 'confirmed', 'withdrawn'), instant, instant, via)
  .map(([said, occurred_at, received_at, from]) => ({
    type: said === 'withdrawn' ? 'consent.withdrawn' : 'consent.granted',
    plain: { ...about, ...from, ...(said === 'confirmed' ? { method: 'double_opt_in' } : {}) },
    metadata: { occurred_at, received_at },
  }));

function event(type: 'granted' | 'withdrawn', at: string, over: Partial<ConsentEvent> = {}): ConsentEvent {
  return {
    type: `consent.${type}`,
    plain: about,
    metadata: { occurred_at: at, received_at: '2026-11-23T12:00:00.000Z' },
    ...over,
  };
}

function fold(log: readonly ConsentEvent[]): ConsentEntry | undefined {
  return log.reduce<ConsentEntry | undefined>((known, one) => {
    const said = statementIn(one);
    return said === null ? known : latestConsent(known, said.entry);
  }, undefined);
}

const shuffled = fc
  .array(events, { minLength: 1, maxLength: 8 })
  .chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray([...log, ...log], { minLength: log.length * 2 })));
const entries = fc
  .array(events, { minLength: 1, maxLength: 4 })
  .map((log) => fold(log))
  .filter((entry) => entry !== undefined);

describe('what a customer said about a purpose', () => {
  it('does not depend on the order in which it arrives, nor on how often', () => {
    fc.assert(
      fc.property(shuffled, ([log, again]) => expect(fold(again)).toEqual(fold(log))),
      { numRuns: 2_000 },
    );
  });

  it('is what was said last, and of the same instant the withdrawal', () => {
    const [early, late] = ['2026-11-22T10:00:00.000Z', '2026-11-22T11:00:00.000Z'];
    expect(fold([event('granted', late), event('withdrawn', early)])?.state).toBe('granted');
    expect(fold([event('withdrawn', late), event('granted', early)])?.state).toBe('withdrawn');
    for (const log of [
      [event('granted', late), event('withdrawn', late)],
      [event('withdrawn', late), event('granted', late)],
    ]) {
      expect(fold(log)).toEqual({ state: 'withdrawn', at: late });
    }
  });

  it('counts a grant of a clock that runs ahead from when it was received: a withdrawal that follows holds', () => {
    const received = '2026-11-22T10:00:00.000Z';
    const ahead = event('granted', '2026-11-22T10:09:00.000Z', {
      metadata: { occurred_at: '2026-11-22T10:09:00.000Z', received_at: received },
    });
    expect(fold([ahead, event('withdrawn', '2026-11-22T10:00:00.001Z')])?.state).toBe('withdrawn');
  });

  it('stays confirmed through later grants, until it is withdrawn', () => {
    const confirmed = event('granted', '2026-11-22T10:00:00.000Z', { plain: { ...about, method: 'double_opt_in' } });
    const again = event('granted', '2026-11-22T12:00:00.000Z');
    const withdrawn = event('withdrawn', '2026-11-22T11:00:00.000Z');
    expect(mayBeWrittenTo(fold([confirmed, again]), 'double_opt_in')).toBe(true);
    expect(mayBeWrittenTo(fold([again, withdrawn, confirmed]), 'double_opt_in')).toBe(false);
    expect(mayBeWrittenTo(fold([again, withdrawn, confirmed]), 'opt_in')).toBe(true);
  });

  it('is nothing where nothing was said: enough for mail that needs no opt-in', () => {
    expect([
      mayBeWrittenTo(undefined, 'opt_out'),
      mayBeWrittenTo(undefined, 'opt_in'),
      mayBeWrittenTo(undefined, 'double_opt_in'),
    ]).toEqual([true, false, false]);
  });
});

describe('consent of one person known as several customers', () => {
  it('does not depend on order or grouping', () => {
    fc.assert(
      fc.property(entries, entries, entries, (a, b, c) => {
        expect(stricterConsent(a, b)).toEqual(stricterConsent(b, a));
        expect(stricterConsent(stricterConsent(a, b), c)).toEqual(stricterConsent(a, stricterConsent(b, c)));
        expect(stricterConsent(a, a)).toEqual(a);
      }),
      { numRuns: 2_000 },
    );
  });

  it('allows nothing that one of them does not allow', () => {
    fc.assert(
      fc.property(entries, entries, fc.constantFrom('opt_out', 'opt_in', 'double_opt_in'), (a, b, rule) => {
        if (mayBeWrittenTo(stricterConsent(a, b), rule)) {
          expect([mayBeWrittenTo(a, rule), mayBeWrittenTo(b, rule)]).toEqual([true, true]);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
