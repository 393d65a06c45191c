import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parsePosition } from '../../runtime/positions.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openSegmentsWorld, type SegmentsWorld } from '../support/segments-world.js';

const MANY = 800;
const customers = Array.from({ length: MANY }, (_, index) => String(10_000 + index));

let world: SegmentsWorld;
beforeEach(async () => {
  world = await openSegmentsWorld();
});
afterEach(() => world.close());

describe('a midnight at which many leave', () => {
  it('stores no more exits than are folded soon, so that live events stand between them', async () => {
    const stored: bigint[] = [];
    const ahead: number[] = [];
    let folded = (): bigint => -1n;
    const watched: EventStore = {
      ...world.eventStore,
      async appendOnce(stream, after, events) {
        const isExit = events.some(({ type }) => type === 'segment.exited');
        if (isExit) ahead.push(stored.filter((position) => position > folded()).length);
        const places = await world.eventStore.appendOnce(stream, after, events);
        if (isExit) stored.push(...places.map(({ position }) => position));
        return places;
      },
    };
    const { runner, ...process } = await world.start({ eventStore: watched });
    folded = () => parsePosition(runner.asOf('profiles').position, world.eventStore.id);
    await Promise.all(customers.map((customer) => world.happen(customer, { type: 'order_created' })));
    const rule = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 1 };
    const { segment_id: id } = await world.commands.define({ name: 'a segment', rule }, world.context());
    expect(await process.live(id)).toHaveLength(MANY);
    world.setTo('2026-11-23T00:00:00.000Z');
    await process.settled();
    expect(await process.membersOf(id)).toEqual([]);
    expect((await process.segments.get('w1', id))?.member_count).toBe(0);
    expect(ahead).toHaveLength(MANY);
    expect(Math.max(...ahead)).toBeLessThan(500);
  });
});
