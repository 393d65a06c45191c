import type { Filter } from '../../contracts/filter.js';
import { compileFilter } from './compile-filter.js';
import { compilePredicate, type ProfilePredicate } from './compile-predicate.js';
import { localDay, type LocalDay, type RuleTime } from './local-day.js';
import { type Mention, mentionsOf } from './mentions.js';
import { compileNextDue, windowRules } from './next-due.js';
import { flattenRule, type Rule } from './rule.js';
import type { RuleProfile } from './rule-profile.js';

/** What one part of a rule says about a profile. */
export interface RulePartResult {
  readonly pointer: string;
  readonly holds: boolean;
}

/** A rule ready to be asked; what depends on the day is compiled once for the day. */
export interface RuleProgram {
  readonly rule: Rule;
  readonly mentions: ReadonlySet<Mention>;
  /** True when its answers change with the calendar. */
  readonly hasWindows: boolean;
  matches(profile: RuleProfile, time: RuleTime): boolean;
  /** `matches` for many profiles at one time. */
  predicateAt(time: RuleTime): ProfilePredicate;
  /** Passes every profile that matches at that time, and maybe others. */
  filterAt(time: RuleTime): Filter;
  /** When `matches` changes if nothing happens, ms; null when it never does. */
  nextDue(profile: RuleProfile, time: RuleTime): number | null;
  /** Every part of the rule, each group before its parts, with what it says. */
  explain(profile: RuleProfile, time: RuleTime): readonly RulePartResult[];
}

/** Compiles a parsed rule. */
export function compileRule(rule: Rule): RuleProgram {
  const parts = flattenRule(rule);
  const wholeOn = oncePerDay((today) => compilePredicate(rule, today));
  const partsOn = oncePerDay((today) =>
    parts.map((part) => ({ pointer: part.pointer, predicate: compilePredicate(part, today) })),
  );
  const predicateAt = (time: RuleTime): ProfilePredicate => wholeOn(localDay(time));

  return {
    rule,
    mentions: mentionsOf(rule),
    hasWindows: windowRules(rule).length > 0,
    predicateAt,
    matches: (profile, time) => predicateAt(time)(profile),
    filterAt: (time) => compileFilter(rule, localDay(time)),
    nextDue: compileNextDue(rule, wholeOn),
    explain: (profile, time) => partsOn(localDay(time)).map(({ pointer, predicate }) => ({ pointer, holds: predicate(profile) })),
  };
}

/** More days than a window is long: what falls due is asked about for each of them. */
const REMEMBERED_DAYS = 800;

/** Remembers the results for the days of one zone: a rule is asked many times about few days. */
function oncePerDay<Result>(compile: (today: LocalDay) => Result): (today: LocalDay) => Result {
  const known = new Map<number, Result>();
  let knownZone = '';
  return (today) => {
    if (today.zone !== knownZone || known.size >= REMEMBERED_DAYS) known.clear();
    knownZone = today.zone;
    const result = known.get(today.day) ?? compile(today);
    known.set(today.day, result);
    return result;
  };
}
