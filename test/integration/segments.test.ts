import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSegmentsWorld, type SegmentsWorld } from '../support/segments-world.js';

const order = (at?: string) => ({ type: 'order_created', ...(at === undefined ? {} : { at }) });
const plan = (value: string) => ({ type: 'customer.updated', data: { plan: value } });
const gold = { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' };
const recent = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 3 };

let world: SegmentsWorld;
beforeEach(async () => {
  world = await openSegmentsWorld();
});
afterEach(() => world.close());

async function define(rule: unknown): Promise<string> {
  return (await world.commands.define({ name: 'a segment', rule }, world.context())).segment_id;
}

describe('a segment', () => {
  it('has its members as soon as it was saved, and counts them', async () => {
    for (const customer of ['a', 'b', 'c']) await world.happen(customer, plan(customer === 'b' ? 'basic' : 'gold'));
    const process = await world.start();
    const id = await define(gold);
    expect(await process.live(id)).toEqual(['a', 'c']);
    expect(await process.segments.get('w1', id)).toMatchObject({ state: 'live', member_count: 2, revision: 1 });
  });

  it('takes customers in and lets them go as events come', async () => {
    const process = await world.start();
    const id = await define(gold);
    await process.live(id);
    await process.settled(await world.happen('a', plan('gold')));
    expect(await process.membersOf(id)).toEqual(['a']);
    await process.settled(await world.happen('a', plan('basic'), plan('gold'), plan('basic')));
    expect(await process.membersOf(id)).toEqual([]);
    expect(await process.segments.get('w1', id)).toMatchObject({ state: 'live', member_count: 0 });
  });

  it('lets customers go at local midnight without traffic', async () => {
    await world.happen('a', order('2026-11-20T12:00:00.000Z'));
    await world.happen('b', order('2026-11-21T12:00:00.000Z'));
    const process = await world.start();
    const id = await define(recent);
    expect(await process.live(id)).toEqual(['a', 'b']);
    world.setTo('2026-11-23T00:00:00.000Z');
    await process.settled();
    expect(await process.membersOf(id)).toEqual(['b']);
    world.setTo('2026-11-25T08:00:00.000Z');
    await process.settled();
    expect(await process.membersOf(id)).toEqual([]);
  });
});
