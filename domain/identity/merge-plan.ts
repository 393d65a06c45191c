import { type KnownProfiles, linkBetween, linkedTo, MOST_MERGED, reachable } from './person.js';

/** A link between two customers to begin or to end, `one` with the smaller id: the link stands on that one's stream. */
export interface PlannedLink {
  readonly one: string;
  readonly other: string;
}

/** What a merge by hand is to do: `already` when a person has linked the two before. */
export type MergePlan =
  | { readonly kind: 'already' }
  | { readonly kind: 'merge'; readonly link: PlannedLink }
  | { readonly kind: 'too_many'; readonly members: number };

/** The two in the order in which links are recorded. */
export function linkOf(a: string, b: string): PlannedLink {
  return a < b ? { one: a, other: b } : { one: b, other: a };
}

/** Links two customers, and with them everyone who is the same person as either. */
export function planMerge(known: KnownProfiles, a: string, b: string): MergePlan {
  if (linkBetween(known, a, b)?.['manual'] !== undefined) return { kind: 'already' };
  const members = new Set([...reachable(known, a), ...reachable(known, b)]).size;
  return members > MOST_MERGED ? { kind: 'too_many', members } : { kind: 'merge', link: linkOf(a, b) };
}

/**
 * Takes customer `a` away from `b`: every link of `a` over which `b` can be reached ends, those that lead elsewhere stay. Besides, the two are
 * parted, so that nothing but a person links them again. Empty when they are not one person.
 */
export function planUnmerge(known: KnownProfiles, a: string, b: string): readonly PlannedLink[] {
  if (a === b || !reachable(known, a).has(b)) return [];
  const cut = linkedTo(known, a).filter((next) => next === b || reachable(known, next, a).has(b));
  return [...new Set([...cut, b])].sort().map((next) => linkOf(a, next));
}
