import type { DayBucket, EventCounters, ExactSum, MeasureSums } from '../../contracts/read-models/profile.js';
import { ruleLimits } from '../../contracts/segments/rule.js';
import { dayKey, dayNumber } from '../calendar/day-key.js';
import { ownValue } from '../own-value.js';

/** Kept back from the newest day: the longest window, also when the newest event happened up to ten minutes past the next midnight. */
const KEPT_DAYS = ruleLimits.withinDays + 1;

/** One event as counters see it. */
export interface Occurrence {
  readonly at: string;
  /** Its local calendar day. */
  readonly day: string;
  readonly sums: MeasureSums;
}

/** The counters with one more event; the order in which events arrive makes no difference. */
export function addOccurrence(counters: EventCounters | undefined, occurrence: Occurrence): EventCounters {
  const { at, day, sums } = occurrence;
  const one: EventCounters = { total: 1, first: at, last: at, sums, days: { [day]: { count: 1, last: at, sums } } };
  return counters === undefined ? one : mergeCounters(counters, one);
}

/** Both counters as one; commutative and associative. Days too old for any window stay in the lifetime figures only. */
export function mergeCounters(a: EventCounters, b: EventCounters): EventCounters {
  const days: Record<string, DayBucket> = { ...a.days };
  for (const [day, bucket] of Object.entries(b.days)) {
    const other = days[day];
    days[day] = other === undefined ? bucket : mergeBuckets(other, bucket);
  }
  return {
    total: a.total + b.total,
    first: a.first < b.first ? a.first : b.first,
    last: a.last > b.last ? a.last : b.last,
    sums: mergeSums(a.sums, b.sums),
    days: withoutOldDays(days),
  };
}

function mergeBuckets(a: DayBucket, b: DayBucket): DayBucket {
  return { count: a.count + b.count, last: a.last > b.last ? a.last : b.last, sums: mergeSums(a.sums, b.sums) };
}

function mergeSums(a: MeasureSums, b: MeasureSums): MeasureSums {
  const sums: Record<string, ExactSum> = { ...a };
  for (const [measure, value] of Object.entries(b)) sums[measure] = addExactly(ownValue(sums, measure) ?? 0, value);
  return sums;
}

/** What is measured are whole numbers; each sum has one form, however it came about. */
function addExactly(a: ExactSum, b: ExactSum): ExactSum {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return String(BigInt(a) + BigInt(b));
}

function withoutOldDays(days: Readonly<Record<string, DayBucket>>): EventCounters['days'] {
  let oldest = '9';
  let newest = '';
  for (const day in days) {
    if (day < oldest) oldest = day;
    if (day > newest) newest = day;
  }
  if (dayNumber(newest) - dayNumber(oldest) < KEPT_DAYS) return days;
  const firstKept = dayKey(dayNumber(newest) - KEPT_DAYS + 1);
  return Object.fromEntries(Object.entries(days).filter(([day]) => day >= firstKept));
}
