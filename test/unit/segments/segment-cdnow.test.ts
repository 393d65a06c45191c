import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { zoneCalendar } from '../../../domain/calendar/zone-calendar.js';
import { compileRule, type RuleProgram } from '../../../domain/segment/rule-program.js';
import { cdnowStreams, purchasedAt, readCdnow } from '../../support/cdnow.js';
import { foldProfile } from '../../support/profiles.js';
import { ruleOf } from '../../support/rules.js';

const did = (more: object = {}) => ({ type: 'behavior', event: 'order_created', op: 'did_event', ...more });
const didNot = (more: object = {}) => ({ ...did(more), op: 'did_not_event' });

/** How many purchases a customer made in the `days` days that end today, today included; ever without `days`. */
type Counted = (days?: number) => number;

/** Each rule as a marketer writes it, and again as plain code over counts. */
const rules: readonly { readonly name: string; readonly json: unknown; readonly plainly: (bought: Counted) => boolean }[] = [
  { name: 'two orders in 90 days', json: did({ within_days: 90, count_gte: 2 }), plainly: (bought) => bought(90) >= 2 },
  { name: 'bought this week', json: did({ within_days: 7 }), plainly: (bought) => bought(7) > 0 },
  {
    name: 'once loyal, silent for 180 days',
    json: { op: 'AND', rules: [did({ count_gte: 3 }), didNot({ within_days: 180 })] },
    plainly: (bought) => bought() >= 3 && bought(180) === 0,
  },
  {
    name: 'active or big',
    json: { op: 'OR', rules: [did({ within_days: 30, count_gte: 2 }), did({ count_gte: 20 })] },
    plainly: (bought) => bought(30) >= 2 || bought() >= 20,
  },
  {
    name: 'one single order, in the last year',
    json: { op: 'AND', rules: [did({ count_lte: 1 }), did({ within_days: 365 })] },
    plainly: (bought) => bought() === 1 && bought(365) > 0,
  },
  {
    name: 'came back between 10 and 3 days ago',
    json: { op: 'AND', rules: [did({ within_days: 10 }), { op: 'NOT', rules: [did({ within_days: 3 })] }] },
    plainly: (bought) => bought(10) > 0 && bought(3) === 0,
  },
];

const purchases = readCdnow();
const shop = 'Europe/Berlin';
/** No traffic from here on; the clocks change on 29 March in Berlin and on 5 April in Los Angeles. */
const standstill = '1998-03-24';
const past = purchases.filter(({ date }) => date <= standstill);

function profilesIn(zone: string): readonly ProfileDocument[] {
  return [...cdnowStreams(past, shop).values()].flatMap((log) => foldProfile(log, zone) ?? []);
}

/** The days since 1970 of each customer's purchases, as someone in the zone dates them. */
function purchaseDays(zone: string): ReadonlyMap<string, readonly number[]> {
  const dayIn = new Map<string, number>();
  const days = new Map<string, number[]>();
  for (const purchase of past) {
    const day = dayIn.get(purchase.date) ?? epochDay(DateTime.fromISO(purchasedAt(purchase, shop), { zone }).toISODate() ?? '');
    dayIn.set(purchase.date, day);
    days.set(purchase.customer, [...(days.get(purchase.customer) ?? []), day]);
  }
  return days;
}

function epochDay(date: string): number {
  return DateTime.fromISO(date, { zone: 'utc' }).toMillis() / 86_400_000;
}

function plainMembers(days: ReadonlyMap<string, readonly number[]>, today: number, holds: (bought: Counted) => boolean): string {
  const members = [...days].filter(([, bought]) =>
    holds((within = Infinity) => bought.filter((day) => day <= today && day > today - within).length),
  );
  return members
    .map(([customer]) => customer)
    .sort()
    .join();
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
    const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
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
    const days = purchaseDays(zone);
    const calendar = zoneCalendar(zone);
    const start = epochDay(from);
    for (const { name, json, plainly } of rules) {
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
    const days = purchaseDays(shop);
    const start = epochDay(standstill) + 1;
    const end = start + 14;
    const calendar = zoneCalendar(shop);
    for (const { name, json, plainly } of rules) {
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
