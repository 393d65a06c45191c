import type { EventCounters } from '../../contracts/read-models/profile.js';
import type { DayWindow } from './local-day.js';

/** How many events of a type happened in the window; with no window, ever. */
export function countEvents(counters: EventCounters | undefined, window: DayWindow | null): number {
  if (counters === undefined) return 0;
  if (window === null) return counters.total;
  if (counters.last < window.from) return 0;
  if (counters.first >= window.from && counters.last < window.until) return counters.total;
  let count = 0;
  for (const day in counters.days) {
    if (day >= window.firstKey && day <= window.lastKey) count += counters.days[day]?.count ?? 0;
  }
  return count;
}
