import { zoneCalendar } from '../calendar/zone-calendar.js';
import { ownValue } from '../own-value.js';
import type { ProfilePredicate } from './compile-predicate.js';
import { type EventDays, eventDaysBehind } from './event-days.js';
import { localDay, type LocalDay, type RuleTime } from './local-day.js';
import { type BehaviorRule, boundsOf, flattenRule, type Rule } from './rule.js';
import type { RuleProfile } from './rule-profile.js';

/** A test whose answer may change as days go by. */
type WindowRule = BehaviorRule & { readonly within_days: number };

/** The tests of a rule that look at a window of days. */
export function windowRules(rule: Rule): readonly WindowRule[] {
  return flattenRule(rule).filter((part): part is WindowRule => part.kind === 'behavior' && part.within_days !== undefined);
}

/**
 * The function that finds the next instant (ms), always the start of a local day, at which the rule's answer for a profile changes if nothing
 * happens until then; null when it never does. `predicateOn` compiles the rule for a day.
 */
export function compileNextDue(
  rule: Rule,
  predicateOn: (today: LocalDay) => ProfilePredicate,
): (profile: RuleProfile, time: RuleTime) => number | null {
  const windows = windowRules(rule);
  const longest = new Map<string, number>();
  for (const { event, within_days } of windows) longest.set(event, Math.max(within_days, longest.get(event) ?? 0));

  return (profile, time) => {
    if (windows.length === 0) return null;
    const calendar = zoneCalendar(time.zone);
    const today = localDay(time);
    const daysOf = new Map<string, EventDays>();
    for (const [event, days] of longest) daysOf.set(event, eventDaysBehind(ownValue(profile.events, event), today.day - days));
    const turns = turnsBehind(windows, daysOf, today.day);
    if (turns.length === 0) return null;
    const holdsNow = predicateOn(today)(profile);
    for (const turn of turns) {
      const start = calendar.startOf(turn);
      // A date that the zone skips begins together with the one behind it.
      if (predicateOn({ day: calendar.dayOf(start), zone: time.zone })(profile) !== holdsNow) return start;
    }
    return null;
  };
}

/** The days behind `day`, in order, on which the answer of any of the tests differs from that of the day before. */
function turnsBehind(windows: readonly WindowRule[], daysOf: ReadonlyMap<string, EventDays>, day: number): readonly number[] {
  const turns = new Set<number>();
  for (const rule of windows) {
    const days = daysOf.get(rule.event);
    if (days !== undefined) for (const turn of turnsOf(rule, days, day)) turns.add(turn);
  }
  return [...turns].sort((a, b) => a - b);
}

function turnsOf(rule: WindowRule, happened: EventDays, day: number): readonly number[] {
  const { within_days } = rule;
  const { min, max } = boundsOf(rule);
  const holdsOn = (last: number): boolean => {
    const count = happened.countThrough(last) - happened.countThrough(last - within_days);
    return count >= min && count <= max;
  };
  const turns: number[] = [];
  for (const from of happened.days) {
    // A day comes into the window when it begins, and leaves it `within_days` later; in between nothing changes.
    for (const turn of [from, from + within_days]) if (turn > day && holdsOn(turn) !== holdsOn(turn - 1)) turns.push(turn);
  }
  return turns;
}
