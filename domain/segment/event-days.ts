import type { EventCounters } from '../../contracts/read-models/profile.js';
import { dayNumber } from '../calendar/day-key.js';

/** The days with events of one type, in order, and how many events there were through each. */
export interface EventDays {
  readonly days: readonly number[];
  /** Events on the first of these days through `last`. */
  countThrough(last: number): number;
}

/** The days of the counters that lie behind `day`. */
export function eventDaysBehind(counters: EventCounters | undefined, day: number): EventDays {
  const buckets: { readonly day: number; readonly count: number }[] = [];
  for (const key in counters?.days) {
    const number = dayNumber(key);
    if (number > day) buckets.push({ day: number, count: counters.days[key]?.count ?? 0 });
  }
  buckets.sort((a, b) => a.day - b.day);
  const days = buckets.map((bucket) => bucket.day);
  const sums: number[] = [];
  let sum = 0;
  for (const { count } of buckets) sums.push((sum += count));

  function countThrough(last: number): number {
    let low = 0;
    let high = days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((days[middle] ?? Infinity) <= last) low = middle + 1;
      else high = middle;
    }
    return sums[low - 1] ?? 0;
  }

  return { days, countThrough };
}
