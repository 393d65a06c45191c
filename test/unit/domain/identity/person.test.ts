import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProfileDocument } from '../../../../contracts/read-models/profile.js';
import { linkOf, planMerge, planUnmerge, type PlannedLink } from '../../../../domain/identity/merge-plan.js';
import { combineAll, membersOf, missingOf, MOST_MERGED } from '../../../../domain/identity/person.js';
import { personDifference } from '../../../../domain/identity/person-difference.js';
import { foldLink } from '../../../../projections/profiles/fold-links.js';
import { decodedEvent } from '../../../support/decoded-events.js';
import { customerStream, foldProfile } from '../../../support/profiles.js';

type Known = ReadonlyMap<string, ProfileDocument>;
const RUNS = { numRuns: 1_000 };
const ids = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
const pair = fc
  .tuple(fc.constantFrom(...ids), fc.constantFrom(...ids))
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => linkOf(a, b));

function fold(known: Known, link: PlannedLink, type: 'customer.merged' | 'customer.unmerged'): Known {
  const data = { with: link.other, because: 'manual' };
  const event = decodedEvent({ stream: `customer-w1.${link.one}`, type, at: '2026-11-22T00:00:00.000Z', source: 'cebe', data });
  const after = new Map(known);
  for (const id of [link.one, link.other]) {
    const profile = after.get(id);
    if (profile !== undefined) after.set(id, foldLink(profile, event));
  }
  return after;
}

function mergeAll(known: Known, links: readonly PlannedLink[]): Known {
  return links.reduce((now, link) => fold(now, link, 'customer.merged'), known);
}

function alone(id: string): ProfileDocument {
  const profile = foldProfile([
    decodedEvent({ stream: `customer-w1.${id}`, type: 'note_added', at: '2026-11-20T00:00:00.000Z' }),
  ]);
  if (profile === null) throw new Error('Expected a profile.');
  return profile;
}

const strangers: Known = new Map(ids.map((id) => [id, alone(id)]));
const peopleIn = (known: Known): readonly string[] => [...known.keys()].map((id) => membersOf(known, id).join('+'));
/** What is known of a customer but who it was parted from. */
const withoutApart = ({ apart: _apart, ...rest }: ProfileDocument): Omit<ProfileDocument, 'apart'> => rest;

describe('people', () => {
  it('are the same in whatever order the links were made', () => {
    const orders = fc
      .array(pair, { maxLength: 12 })
      .chain((links) => fc.tuple(fc.constant(links), fc.shuffledSubarray(links, { minLength: links.length })));
    const check = ([links, shuffled]: readonly [readonly PlannedLink[], readonly PlannedLink[]]): void => {
      expect(peopleIn(mergeAll(strangers, shuffled))).toEqual(peopleIn(mergeAll(strangers, links)));
    };
    fc.assert(fc.property(orders, check), RUNS);
  });

  it('are as they were when what was merged is parted: profile, segments and consent', () => {
    const both = fc.tuple(customerStream('c1').map(foldProfile), customerStream('c2').map(foldProfile));
    const check = ([one, other]: readonly [ProfileDocument | null, ProfileDocument | null]): void => {
      if (one === null || other === null) return;
      const before: Known = new Map([
        ['c1', one],
        ['c2', other],
      ]);
      const merged = mergeAll(before, [linkOf('c2', 'c1')]);
      expect(membersOf(merged, 'c2')).toEqual(['c1', 'c2']);
      const parted = planUnmerge(merged, 'c2', 'c1').reduce((now, link) => fold(now, link, 'customer.unmerged'), merged);
      for (const [id, profile] of before) expect(withoutApart(parted.get(id) ?? profile)).toEqual(profile);
    };
    fc.assert(fc.property(both, check), RUNS);
  });

  it('are parted wherever links lead, without taking others along', () => {
    const asked = fc.tuple(fc.array(pair, { maxLength: 12 }), pair);
    const check = ([links, { one, other }]: readonly [readonly PlannedLink[], PlannedLink]): void => {
      const merged = mergeAll(strangers, links);
      const planned = planUnmerge(merged, one, other);
      const parted = planned.reduce((now, link) => fold(now, link, 'customer.unmerged'), merged);
      expect(membersOf(parted, one)).not.toContain(other);
      const together = membersOf(merged, one);
      expect(
        [...membersOf(parted, one), ...membersOf(parted, other)].every((id) => together.includes(id) || planned.length === 0),
      ).toBe(true);
    };
    fc.assert(fc.property(asked, check), RUNS);
  });

  it('can be merged again by hand after they were parted', () => {
    const parted = fold(mergeAll(strangers, [linkOf('c1', 'c2')]), linkOf('c1', 'c2'), 'customer.unmerged');
    expect(parted.get('c1')?.apart).toEqual({ c2: '2026-11-22T00:00:00.000Z' });
    const again = mergeAll(parted, [linkOf('c1', 'c2')]);
    expect([membersOf(again, 'c2'), again.get('c1')?.apart]).toEqual([['c1', 'c2'], undefined]);
  });

  it('count a link only where both ends have it', () => {
    const one = mergeAll(strangers, [linkOf('c1', 'c2')]).get('c1') ?? alone('c1');
    const known = new Map(strangers).set('c1', one);
    expect([membersOf(known, 'c1'), membersOf(known, 'c2')]).toEqual([['c1'], ['c2']]);
  });

  it('are found by asking for what is missing, step by step', () => {
    const all = mergeAll(strangers, [linkOf('c1', 'c2'), linkOf('c2', 'c3'), linkOf('c3', 'c1')]);
    const known = new Map<string, ProfileDocument | null>();
    for (let missing = missingOf(known, 'c3'); missing.length > 0; missing = missingOf(known, 'c3'))
      for (const id of missing) known.set(id, all.get(id) ?? null);
    expect(membersOf(known, 'c3')).toEqual(['c1', 'c2', 'c3']);
    expect(known.size).toBe(3);
  });

  it('do not grow beyond the limit', () => {
    const many: Known = new Map(Array.from({ length: MOST_MERGED + 1 }, (_, at) => [`n${String(at)}`, alone(`n${String(at)}`)]));
    const chain = Array.from({ length: MOST_MERGED - 1 }, (_, at) => linkOf(`n${String(at)}`, `n${String(at + 1)}`));
    const last = `n${String(MOST_MERGED)}`;
    expect(planMerge(mergeAll(many, chain), 'n0', last)).toEqual({ kind: 'too_many', members: MOST_MERGED + 1 });
  });

  it('differ in what a merge would change, and only in that', () => {
    const [one, other] = [alone('c1'), alone('c2')];
    const both = combineAll([one, other]) ?? one;
    expect(personDifference(one, one)).toEqual({ fields: [], events: [], consent: [] });
    expect(personDifference(one, both).events).toEqual([{ type: 'note_added', from: 1, to: 2 }]);
  });
});
