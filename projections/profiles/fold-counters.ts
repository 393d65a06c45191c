import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { Measure } from '../../contracts/events/event-contract.js';
import type { MeasureSums, ProfileDocument } from '../../contracts/read-models/profile.js';
import { dayKey } from '../../domain/calendar/day-key.js';
import type { ZoneCalendar } from '../../domain/calendar/zone-calendar.js';
import { addOccurrence } from '../../domain/customer/event-counters.js';
import { ownValue } from '../../domain/own-value.js';

/** Counts the event in its type's lifetime figures and on the local day on which it happened. */
export function foldCounters(
  profile: ProfileDocument,
  event: DecodedEvent,
  { calendar, measures }: { readonly calendar: ZoneCalendar; readonly measures: readonly Measure[] },
): ProfileDocument {
  const at = event.metadata.occurred_at;
  const day = dayKey(calendar.dayOf(Date.parse(at)));
  const counters = addOccurrence(ownValue(profile.events, event.type), { at, day, sums: sumsOf(event, measures) });
  return { ...profile, events: { ...profile.events, [event.type]: counters } };
}

function sumsOf(event: DecodedEvent, measures: readonly Measure[]): MeasureSums {
  const sums: Record<string, number> = {};
  for (const { field, per } of measures) {
    const value = ownValue(event.data, field);
    if (typeof value !== 'number') continue;
    const by = per === undefined ? undefined : ownValue(event.data, per);
    if (per === undefined) sums[field] = value;
    else if (typeof by === 'string') sums[`${field}.${by}`] = value;
  }
  return sums;
}
