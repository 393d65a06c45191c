import type { Filter } from '../../contracts/filter.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { compileFilter } from './compile-filter.js';
import { compilePredicate, type ProfilePredicate } from './compile-predicate.js';
import { localDay, type LocalDay, type RuleTime } from './local-day.js';
import { type Mention, mentionsOf } from './mentions.js';
import { nextDue, windowRules } from './next-due.js';
import { flattenRule, type Rule } from './rule.js';

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
  matches(profile: ProfileDocument, time: RuleTime): boolean;
  /** `matches` for many profiles at one time. */
  predicateAt(time: RuleTime): ProfilePredicate;
  /** Passes every profile that matches at that time, and maybe others. */
  filterAt(time: RuleTime): Filter;
  /** When `matches` changes if nothing happens, ms; null when it never does. */
  nextDue(profile: ProfileDocument, time: RuleTime): number | null;
  /** Every part of the rule, each group before its parts, with what it says. */
  explain(profile: ProfileDocument, time: RuleTime): readonly RulePartResult[];
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
    nextDue: (profile, time) => nextDue(rule, profile, time),
    explain: (profile, time) => partsOn(localDay(time)).map(({ pointer, predicate }) => ({ pointer, holds: predicate(profile) })),
  };
}

/** Remembers the last day's result: a rule is asked many times on one day, and seldom about two days in turn. */
function oncePerDay<Result>(compile: (today: LocalDay) => Result): (today: LocalDay) => Result {
  let known: { readonly today: LocalDay; readonly result: Result } | undefined;
  return (today) => {
    if (known?.today.day !== today.day || known.today.zone !== today.zone) known = { today, result: compile(today) };
    return known.result;
  };
}
