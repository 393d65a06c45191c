import { describe, expect, it } from '@jest/globals';
import type { ExactSum, ProfileDocument } from '../../../contracts/read-models/profile.js';
import { zoneCalendar } from '../../../domain/calendar/zone-calendar.js';
import { compileRule, type RuleProgram } from '../../../domain/segment/rule-program.js';
import { cdnowRules, epochDay, plainMembers, purchaseDays } from '../../support/cdnow-rules.js';
import { cdnowStreams, readCdnow } from '../../support/cdnow.js';
import { foldProfile } from '../../support/profiles.js';
import { ruleOf } from '../../support/rules.js';

const purchases = readCdnow();
const shop = 'Europe/Berlin';
/** No traffic from here on; the clocks change on 29 March in Berlin and on 5 April in Los Angeles. */
const standstill = '1998-03-24';
const past = purchases.filter(({ date }) => date <= standstill);

function profilesIn(zone: string): readonly ProfileDocument[] {
  return [...cdnowStreams(past, shop).values()].flatMap((log) => foldProfile(log, zone) ?? []);
}

function members(program: RuleProgram, profiles: readonly ProfileDocument[], time: { instant: number; zone: string }): string {
  const holds = program.predicateAt(time);
  return profiles
    .filter(holds)
    .map(({ customer_id }) => customer_id)
    .sort()
    .join();
}

describe('segments over the CDNOW purchases', () => {
  it('come from the whole file', () => {
    const profiles = [...cdnowStreams(purchases, shop).values()].flatMap((log) => foldProfile(log, shop) ?? []);
    const orders = profiles.flatMap(({ events }) => events.order_created ?? []);
    const sum = (figures: readonly ExactSum[]): number => figures.reduce<number>((total, figure) => total + Number(figure), 0);
    expect(profiles).toHaveLength(23_570);
    expect(sum(orders.map(({ total }) => total))).toBe(69_659);
    expect(sum(orders.map(({ sums }) => sums['amount_minor.USD'] ?? 0))).toBe(250_031_563);
    expect(sum(orders.map(({ sums }) => sums.quantity ?? 0))).toBe(167_881);
  });

  it.each([
    [shop, '1998-03-27'],
    ['America/Los_Angeles', '1998-04-03'],
    ['Pacific/Auckland', '1998-03-25'],
  ])('have the members that plain code counts while days go by in %s', (zone, from) => {
    const profiles = profilesIn(zone);
    const days = purchaseDays(past, { shop, zone });
    const calendar = zoneCalendar(zone);
    const start = epochDay(from);
    for (const { name, json, plainly } of cdnowRules) {
      const program = compileRule(ruleOf(json));
      for (let day = start; day < start + 5; day += 1) {
        const expected = plainMembers(days, day, plainly);
        const edges = [calendar.startOf(day), calendar.startOf(day + 1) - 1];
        for (const instant of edges) expect([name, members(program, profiles, { instant, zone })]).toEqual([name, expected]);
      }
    }
  });

  it('lose and gain members at the due instants alone, across the change of the clocks', () => {
    const profiles = profilesIn(shop);
    const days = purchaseDays(past, { shop, zone: shop });
    const start = epochDay(standstill) + 1;
    const end = start + 14;
    const calendar = zoneCalendar(shop);
    for (const { name, json, plainly } of cdnowRules) {
      const program = compileRule(ruleOf(json));
      const inside = new Set(members(program, profiles, { instant: calendar.startOf(start), zone: shop }).split(','));
      const turns = profiles.flatMap((profile) =>
        turnsOf(program, profile, { from: calendar.startOf(start), until: calendar.startOf(end) }),
      );
      for (let day = start; day < end; day += 1) {
        for (const { customer } of turns.filter(({ at }) => at === calendar.startOf(day))) {
          if (!inside.delete(customer)) inside.add(customer);
        }
        expect([name, [...inside].sort().join()]).toEqual([name, plainMembers(days, day, plainly)]);
      }
    }
  });
});

function turnsOf(
  program: RuleProgram,
  profile: ProfileDocument,
  { from, until }: { readonly from: number; readonly until: number },
) {
  const turns: { readonly customer: string; readonly at: number }[] = [];
  let due = program.nextDue(profile, { instant: from, zone: shop });
  while (due !== null && due < until) {
    turns.push({ customer: profile.customer_id, at: due });
    due = program.nextDue(profile, { instant: due, zone: shop });
  }
  return turns;
}
