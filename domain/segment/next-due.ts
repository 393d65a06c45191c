import type { EventCounters, ProfileDocument } from '../../contracts/read-models/profile.js';
import { dayNumber } from '../calendar/day-key.js';
import { zoneCalendar } from '../calendar/zone-calendar.js';
import { ownValue } from '../own-value.js';
import { compilePredicate } from './compile-predicate.js';
import { localDay, type RuleTime } from './local-day.js';
import { type BehaviorRule, boundsOf, flattenRule, type Rule } from './rule.js';

/** A test whose answer may change as days go by. */
type WindowRule = BehaviorRule & { readonly within_days: number };

/** The tests of a rule that look at a window of days. */
export function windowRules(rule: Rule): readonly WindowRule[] {
  return flattenRule(rule).filter((part): part is WindowRule => part.kind === 'behavior' && part.within_days !== undefined);
}

/**
 * The next instant (ms), always the start of a local day, at which the rule's answer for this profile changes if nothing happens until then;
 * null when it never does.
 */
export function nextDue(rule: Rule, profile: ProfileDocument, time: RuleTime): number | null {
  const windows = windowRules(rule);
  if (windows.length === 0) return null;
  const calendar = zoneCalendar(time.zone);
  const today = localDay(time);
  const holdsNow = compilePredicate(rule, today)(profile);
  let { day } = today;
  for (;;) {
    const changes = windows.map((window) => nextChange(window, ownValue(profile.events, window.event), day));
    const next = Math.min(...changes);
    if (next === Infinity) return null;
    const start = calendar.startOf(next);
    // A date that the zone skips begins together with the one behind it.
    day = calendar.dayOf(start);
    if (compilePredicate(rule, { day, zone: time.zone })(profile) !== holdsNow) return start;
  }
}

/** The first day behind `day` on which the test's answer differs from that of `day`; Infinity when there is none. */
function nextChange(rule: WindowRule, counters: EventCounters | undefined, day: number): number {
  const { within_days } = rule;
  const { min, max } = boundsOf(rule);
  const { days, countThrough } = countsBehind(counters, day - within_days);
  const holdsOn = (last: number): boolean => {
    const count = countThrough(last) - countThrough(last - within_days);
    return count >= min && count <= max;
  };
  const holdsNow = holdsOn(day);
  // A day comes into the window when it begins, and leaves it `within_days` later.
  const turns = days.flatMap((from) => (from > day ? [from, from + within_days] : [from + within_days]));
  return turns.sort((a, b) => a - b).find((turn) => holdsOn(turn) !== holdsNow) ?? Infinity;
}

/** The days behind `day` with events, in order, and how many events there were from then through any of them. */
function countsBehind(counters: EventCounters | undefined, day: number) {
  const buckets = Object.entries(counters?.days ?? {})
    .map(([key, { count }]) => ({ day: dayNumber(key), count }))
    .filter((bucket) => bucket.day > day)
    .sort((a, b) => a.day - b.day);
  const sums: number[] = [];
  for (const { count } of buckets) sums.push((sums.at(-1) ?? 0) + count);

  function countThrough(last: number): number {
    let low = 0;
    let high = buckets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((buckets[middle]?.day ?? Infinity) <= last) low = middle + 1;
      else high = middle;
    }
    return sums[low - 1] ?? 0;
  }

  return { days: buckets.map((bucket) => bucket.day), countThrough };
}
