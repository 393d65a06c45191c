import { dayKey } from '../calendar/day-key.js';
import { zoneCalendar } from '../calendar/zone-calendar.js';

/** When a rule is asked: an instant (ms since 1970) and the workspace's IANA time zone. */
export interface RuleTime {
  readonly instant: number;
  readonly zone: string;
}

/** The local calendar day on which a rule is asked. */
export interface LocalDay {
  readonly day: number;
  readonly zone: string;
}

/** The local day of an instant. */
export function localDay({ instant, zone }: RuleTime): LocalDay {
  return { day: zoneCalendar(zone).dayOf(instant), zone };
}

/** The `days` calendar days that end with a local day, as keys and as instants: `from` is the first, `until` the first behind. */
export interface DayWindow {
  readonly days: number;
  readonly firstKey: string;
  readonly lastKey: string;
  readonly from: string;
  readonly until: string;
}

/** The window of `days` calendar days that ends with the local day. */
export function dayWindow({ day, zone }: LocalDay, days: number): DayWindow {
  const calendar = zoneCalendar(zone);
  const first = day - days + 1;
  return {
    days,
    firstKey: dayKey(first),
    lastKey: dayKey(day),
    from: new Date(calendar.startOf(first)).toISOString(),
    until: new Date(calendar.startOf(day + 1)).toISOString(),
  };
}
