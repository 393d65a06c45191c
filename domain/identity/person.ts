import type { ProfileDocument, ProfileLink, StoredReference } from '../../contracts/read-models/profile.js';
import { combine } from '../customer/combine.js';
import { ownValue } from '../own-value.js';

/** So many customers can be one person; a merge that would make it more is not made. */
export const MOST_MERGED = 100;
/** Merges of two processes at one time can pass the limit; whoever walks links stops here all the same. */
const MOST_WALKED = 4 * MOST_MERGED;

/** What is known of customers by id; null for one without a profile. */
export type KnownProfiles<Profile extends Linked = Linked> = ReadonlyMap<string, Profile | null>;

/** As much of a profile as says who is the same person. */
export type Linked = Pick<ProfileDocument, 'customer_id' | 'links' | 'apart'>;

/** The ids to be loaded before it is known who is the same person as `customerId`; empty when it is. */
export function missingOf(known: KnownProfiles, customerId: string): readonly string[] {
  if (!known.has(customerId)) return [customerId];
  if (known.size > MOST_WALKED) return [];
  const missing = new Set<string>();
  for (const id of reachable(known, customerId)) {
    for (const other of neighbours(known.get(id) ?? null)) if (!known.has(other)) missing.add(other);
  }
  return [...missing].sort();
}

/** The customers who are the same person, in id order, the customer among them; empty for one without a profile. */
export function membersOf(known: KnownProfiles, customerId: string): readonly string[] {
  return [...reachable(known, customerId)].sort();
}

/** Every customer that is joined to this one by links which both ends have; `without` is passed by. */
export function reachable(known: KnownProfiles, customerId: string, without?: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = (known.get(customerId) ?? null) === null ? [] : [customerId];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    for (const other of linkedTo(known, id)) if (other !== without && !found.has(other)) open.push(other);
  }
  return found;
}

/** Those linked to the customer directly. */
export function linkedTo(known: KnownProfiles, customerId: string): readonly string[] {
  return neighbours(known.get(customerId) ?? null).filter((other) => linkBetween(known, customerId, other) !== undefined);
}

/** What links the two, as long as both ends say so. */
export function linkBetween(known: KnownProfiles, one: string, other: string): ProfileLink | undefined {
  const there = ownValue(known.get(one)?.links ?? {}, other);
  const back = ownValue(known.get(other)?.links ?? {}, one);
  return there === undefined || back === undefined ? undefined : there;
}

/** The profiles of one person as one, which remembers under whose key each value was sealed; null for nobody. */
export function combineAll(profiles: readonly ProfileDocument[]): ProfileDocument | null {
  const [first, ...rest] = profiles;
  if (first === undefined) return null;
  if (rest.length === 0) return first;
  return rest.map(withSubjects).reduce(combine, withSubjects(first));
}

function neighbours(profile: Linked | null): readonly string[] {
  return Object.keys(profile?.links ?? {});
}

function withSubjects(profile: ProfileDocument): ProfileDocument {
  const subject = `customer/${profile.customer_id}`;
  const mark = (reference: StoredReference): StoredReference => ({ ...reference, subject });
  return {
    ...profile,
    direct: Object.fromEntries(Object.entries(profile.direct).map(([field, reference]) => [field, mark(reference)])),
    identifiers: profile.identifiers.map((identifier) =>
      identifier.reference === undefined ? identifier : { ...identifier, reference: mark(identifier.reference) },
    ),
  };
}
