import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { dayKey, dayNumber } from '../../domain/calendar/day-key.js';
import { zoneCalendar } from '../../domain/calendar/zone-calendar.js';

const HOUR = 3_600_000;
const zones = [
  'UTC',
  'Europe/Berlin',
  'Asia/Jakarta',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Havana',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Niue',
];

/** The plain definition: the latest local date shown at or before the instant, looked for minute by minute. */
function slowDayOf(instant: number, zone: string): number {
  const iana = IANAZone.create(zone);
  let latest = -Infinity;
  for (let at = instant - 3 * HOUR; at <= instant; at += 60_000) {
    latest = Math.max(latest, Math.floor((at + iana.offset(at) * 60_000) / (24 * HOUR)));
  }
  return latest;
}

const day = (instant: string, zone: string): string => dayKey(zoneCalendar(zone).dayOf(Date.parse(instant)));
const start = (key: string, zone: string): string => new Date(zoneCalendar(zone).startOf(dayNumber(key))).toISOString();

describe('the calendar of a zone', () => {
  it('begins days at local midnight on both sides of a daylight-saving change', () => {
    expect(start('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
    expect(start('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z');
    expect(start('2026-10-26', 'Europe/Berlin')).toBe('2026-10-25T23:00:00.000Z');
    expect(day('2026-06-01T16:59:59.999Z', 'Asia/Jakarta')).toBe('2026-06-01');
    expect(day('2026-06-01T17:00:00.000Z', 'Asia/Jakarta')).toBe('2026-06-02');
  });

  it('begins a day at one o’clock where midnight does not exist', () => {
    expect(start('2018-11-04', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z');
  });

  it('leaves a skipped date empty', () => {
    expect(start('2011-12-30', 'Pacific/Apia')).toBe(start('2011-12-31', 'Pacific/Apia'));
    expect(day('2011-12-30T09:59:59.999Z', 'Pacific/Apia')).toBe('2011-12-29');
    expect(day('2011-12-30T10:00:00.000Z', 'Pacific/Apia')).toBe('2011-12-31');
  });

  it('does not begin a day twice where clocks fall back over midnight', () => {
    const midnight = zoneCalendar('America/St_Johns').startOf(dayNumber('2010-11-07'));
    expect(new Date(midnight).toISOString()).toBe('2010-11-07T02:30:00.000Z');
    expect(day('2010-11-07T02:45:00.000Z', 'America/St_Johns')).toBe('2010-11-07');
  });

  it('agrees with the plain definition at any instant', () => {
    const instants = fc.integer({ min: Date.parse('1975-01-01'), max: Date.parse('2035-01-01') });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (zone, instant) => {
        const calendar = zoneCalendar(zone);
        const found = calendar.dayOf(instant);
        expect(found).toBe(slowDayOf(instant, zone));
        expect(calendar.startOf(found)).toBeLessThanOrEqual(instant);
        expect(calendar.startOf(found + 1)).toBeGreaterThan(instant);
      }),
      { numRuns: 400 },
    );
  });

  it('names days so that names compare like days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 0, max: 40_000 }), (a, b) => {
        expect(dayNumber(dayKey(a))).toBe(a);
        expect(dayKey(a) < dayKey(b)).toBe(a < b);
      }),
    );
  });

  it('refuses what is no time zone', () => {
    expect(() => zoneCalendar('Europe/Nowhere')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});
