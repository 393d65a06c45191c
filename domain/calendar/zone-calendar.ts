import { IANAZone } from 'luxon';
import { EngineError } from '../../contracts/errors.js';

const DAY_MS = 86_400_000;
/** No zone was ever further than this from UTC. */
const WIDEST_OFFSET_MS = 16 * 3_600_000;
const CACHE_LIMIT = 20_000;

/**
 * The local calendar of an IANA time zone; days are numbers of days since 1970-01-01.
 * A day begins at the first instant that shows its date or a later one, and never begins twice: where clocks fall back over midnight the
 * repeated time belongs to the new day, and a date that a zone skipped is empty.
 */
export interface ZoneCalendar {
  readonly zone: string;
  /** The day of an instant (ms since 1970). */
  dayOf(instant: number): number;
  /** The first instant of a day. */
  startOf(day: number): number;
}

const calendars = new Map<string, ZoneCalendar>();

/** True for a time zone name that `zoneCalendar` knows. */
export function isZone(zone: string): boolean {
  return IANAZone.isValidZone(zone);
}

/** The calendar of a zone, made once for each zone; `invalid_input` for a name that is no IANA zone. */
export function zoneCalendar(zone: string): ZoneCalendar {
  const known = calendars.get(zone);
  if (known !== undefined) return known;
  const calendar = createCalendar(zone);
  calendars.set(zone, calendar);
  return calendar;
}

function createCalendar(zone: string): ZoneCalendar {
  if (!isZone(zone)) throw new EngineError('invalid_input', `Expected an IANA time zone such as Asia/Jakarta, found "${zone}".`);
  const iana = IANAZone.create(zone);
  const offsetAt = (instant: number): number => iana.offset(instant) * 60_000;
  const starts = new Map<number, number>();

  function startOf(day: number): number {
    const known = starts.get(day);
    if (known !== undefined) return known;
    const start = firstInstantOf(day, offsetAt);
    if (starts.size >= CACHE_LIMIT) starts.clear();
    starts.set(day, start);
    return start;
  }

  function dayOf(instant: number): number {
    const utcDay = Math.floor(instant / DAY_MS);
    if (instant >= startOf(utcDay + 1)) return utcDay + 1;
    return instant >= startOf(utcDay) ? utcDay : utcDay - 1;
  }

  return { zone, dayOf, startOf };
}

function firstInstantOf(day: number, offsetAt: (instant: number) => number): number {
  const midnight = day * DAY_MS;
  let low = midnight - WIDEST_OFFSET_MS;
  let high = midnight + WIDEST_OFFSET_MS;
  const before = offsetAt(low);
  const after = offsetAt(high);
  if (before === after) return midnight - before;
  // One change of the clocks lies in between: find its instant, the first with the new offset.
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return midnight - before < high ? midnight - before : Math.max(high, midnight - after);
}
