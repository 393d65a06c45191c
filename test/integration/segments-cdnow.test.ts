import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { zoneCalendar } from '../../domain/calendar/zone-calendar.js';
import { cdnowRules, epochDay, plainMembers, purchaseDays } from '../support/cdnow-rules.js';
import { purchasedAt, readCdnow, type Purchase } from '../support/cdnow.js';
import { openSegmentsWorld, type SegmentsProcess, type SegmentsWorld } from '../support/segments-world.js';

const shop = 'Europe/Berlin';
const elsewhere = 'America/Los_Angeles';
/** No traffic from here on; the clocks change on 29 March in Berlin and on 5 April in Los Angeles. */
const standstill = '1998-03-27';
const past = readCdnow().filter(({ date }) => date <= standstill);
const counts = { received: past.length, accepted: past.length, duplicate: 0, quarantined: 0 };

let world: SegmentsWorld;
beforeEach(async () => {
  world = await openSegmentsWorld({ now: '1998-03-27T21:00:00.000Z' });
});
afterEach(() => world.close());

async function importPurchases(): Promise<void> {
  const importId = randomUUID();
  const byCustomer = new Map<string, Purchase[]>();
  for (const purchase of past) byCustomer.set(purchase.customer, [...(byCustomer.get(purchase.customer) ?? []), purchase]);
  const all = [...byCustomer];
  for (let from = 0; from < all.length; from += 1_000) {
    await Promise.all(
      all
        .slice(from, from + 1_000)
        .map(([customer, purchases]) =>
          world.happen(
            customer,
            ...purchases.map((purchase) => ({ type: 'order_created', at: purchasedAt(purchase, shop), backfill: importId })),
          ),
        ),
    );
  }
  await world.record(`import-w1.${importId}`, 'import.finished', { cause: 'requested', ...counts });
}

describe('segments over CDNOW', () => {
  it('have the members that plain code counts, while days go by, across changes of the clocks and of the zone', async () => {
    await world.record('access-w1.workspace', 'access.workspace_created', { name: 'CDNOW', time_zone: shop });
    const process = await world.start();
    const ids: string[] = [];
    for (const { name, json } of cdnowRules) {
      ids.push((await world.commands.define({ name, rule: json }, world.context())).segment_id);
    }
    await importPurchases();
    await expectPlainMembers(process, ids, { zone: shop, days: [0, 1, 2, 3] });

    await world.record('access-w1.workspace', 'access.settings_changed', { time_zone: elsewhere });
    await process.runner.rebase('profiles');
    expect(await (await process.runner.rebuildOf('profiles'))?.done).toBe('switched');
    await expectPlainMembers(process, ids, { zone: elsewhere, days: [4, 8, 9] });
    for (const id of ids) {
      const members = await process.membersOf(id);
      expect((await process.segments.get('w1', id))?.member_count).toBe(members.length);
    }
  });
});

/** Looks at the beginning of days, counted from the standstill, and compares all segments. */
async function expectPlainMembers(
  process: SegmentsProcess,
  ids: readonly string[],
  { zone, days }: { readonly zone: string; readonly days: readonly number[] },
): Promise<void> {
  const bought = purchaseDays(past, { shop, zone });
  for (const after of days) {
    const day = epochDay(standstill) + after;
    if (after > 0) world.setTo(new Date(zoneCalendar(zone).startOf(day)).toISOString());
    await process.settled();
    for (const [index, { name, plainly }] of cdnowRules.entries()) {
      const members = (await process.membersOf(ids[index] ?? '')).join();
      expect([name, after, members]).toEqual([name, after, plainMembers(bought, day, plainly)]);
    }
  }
}
