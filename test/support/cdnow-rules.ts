import { DateTime } from 'luxon';
import { purchasedAt, type Purchase } from './cdnow.js';

const did = (more: object = {}) => ({ type: 'behavior', event: 'order_created', op: 'did_event', ...more });
const didNot = (more: object = {}) => ({ ...did(more), op: 'did_not_event' });

/** How many purchases a customer made in the `days` days that end today, today included; ever without `days`. */
export type Counted = (days?: number) => number;

/** Each rule as a marketer writes it, and again as plain code over counts. */
export const cdnowRules: readonly {
  readonly name: string;
  readonly json: unknown;
  readonly plainly: (bought: Counted) => boolean;
}[] = [
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

/** The days since 1970 of each customer's purchases, made at noon in the shop's zone, as someone in the other zone dates them. */
export function purchaseDays(
  purchases: readonly Purchase[],
  { shop, zone }: { readonly shop: string; readonly zone: string },
): ReadonlyMap<string, readonly number[]> {
  const dayIn = new Map<string, number>();
  const days = new Map<string, number[]>();
  for (const purchase of purchases) {
    const day = dayIn.get(purchase.date) ?? epochDay(DateTime.fromISO(purchasedAt(purchase, shop), { zone }).toISODate() ?? '');
    dayIn.set(purchase.date, day);
    days.set(purchase.customer, [...(days.get(purchase.customer) ?? []), day]);
  }
  return days;
}

/** The days from 1970 to a date. */
export function epochDay(date: string): number {
  return DateTime.fromISO(date, { zone: 'utc' }).toMillis() / 86_400_000;
}

/** The customers for whom a rule in plain code holds on a day, in order. */
export function plainMembers(
  days: ReadonlyMap<string, readonly number[]>,
  today: number,
  holds: (bought: Counted) => boolean,
): string {
  const members = [...days].filter(([, bought]) =>
    holds((within = Infinity) => bought.filter((day) => day <= today && day > today - within).length),
  );
  return members
    .map(([customer]) => customer)
    .sort()
    .join();
}
