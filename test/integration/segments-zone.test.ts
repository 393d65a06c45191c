import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dyingAt } from '../support/runner-world.js';
import { openSegmentsWorld, type SegmentsProcess, type SegmentsWorld } from '../support/segments-world.js';

/** At nine in the evening of the 22nd in London it is four in the morning of the 23rd in Jakarta. */
let world: SegmentsWorld;
beforeEach(async () => {
  world = await openSegmentsWorld({ now: '2026-11-22T21:00:00.000Z' });
  await world.record('access-w1.workspace', 'access.workspace_created', { name: 'Toko', time_zone: 'Europe/London' });
});
afterEach(() => world.close());

const order = (at: string) => ({ type: 'order_created', at });

async function defineToday(): Promise<string> {
  const rule = { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 1 };
  return (await world.commands.define({ name: 'today', rule }, world.context())).segment_id;
}

async function move(zone: string): Promise<void> {
  await world.record('access-w1.workspace', 'access.settings_changed', { time_zone: zone });
}

async function isVerified({ runner }: SegmentsProcess): Promise<boolean> {
  return (await runner.verify('profiles').done).equal;
}

async function rebuilt({ runner }: SegmentsProcess): Promise<void> {
  const job = await runner.rebuildOf('profiles');
  await job?.done;
}

async function causesOf(segmentId: string): Promise<readonly unknown[]> {
  const causes: unknown[] = [];
  for await (const { type, data } of world.eventStore.readStream(`segment-w1.${segmentId}`)) {
    if (type === 'segment.evaluation_started') causes.push(data.plain['cause']);
  }
  return causes;
}

describe('a change of the workspace’s zone', () => {
  it('leads to profiles and members as of the new zone, without a gap in between', async () => {
    await world.happen('morning', order('2026-11-22T08:00:00.000Z'));
    await world.happen('evening', order('2026-11-22T20:00:00.000Z'));
    const process = await world.start();
    const id = await defineToday();
    expect(await process.live(id)).toEqual(['evening', 'morning']);

    await move('Asia/Jakarta');
    // Until the switch everything goes on in the zone that the profiles were made in.
    await process.settled(await world.happen('between', order('2026-11-22T09:00:00.000Z')));
    expect(await process.membersOf(id)).toEqual(['between', 'evening', 'morning']);

    await process.runner.rebase('profiles');
    await rebuilt(process);
    expect(await process.live(id)).toEqual(['evening']);
    expect(await causesOf(id)).toEqual(['saved', expect.any(String)]);
    expect((await process.runner.status())[0]).toMatchObject({ name: 'profiles', generation: 2 });
    expect(await isVerified(process)).toBe(true);
    world.setTo('2026-11-23T17:00:00.000Z');
    await process.settled();
    expect(await process.membersOf(id)).toEqual([]);
  });

  it('is noticed at the next start, and goes on where a process that died was', async () => {
    for (let index = 0; index < 300; index += 1) {
      await world.happen(String(index), order(index % 2 === 0 ? '2026-11-22T08:00:00.000Z' : '2026-11-22T20:00:00.000Z'));
    }
    const first = await world.start();
    const id = await defineToday();
    expect(await first.live(id)).toHaveLength(300);
    await first.runner.stop();
    await move('Asia/Jakarta');

    const dying = dyingAt(world, { store: 'documents', method: 'put', about: /^profiles@v2$/, skip: 1 });
    const tuning = { batchSize: 20 };
    await world.start({ eventStore: dying.eventStore, documentStore: dying.documentStore, tuning });
    await dying.died;

    const third = await world.start();
    await world.happen('late', order('2026-11-22T19:00:00.000Z'));
    await rebuilt(third);
    expect(await third.live(id)).toHaveLength(151);
    expect((await third.runner.status())[0]).toMatchObject({ generation: 2 });
    expect(await isVerified(third)).toBe(true);
  });

  it('asks for nothing once the zone is again what it was', async () => {
    const process = await world.start();
    await move('Asia/Jakarta');
    await move('Europe/London');
    await process.runner.rebase('profiles');
    expect(await process.runner.rebuildOf('profiles')).toBeNull();
    expect((await process.runner.status())[0]).toMatchObject({ generation: 1 });
  });

  it('calls off a rebuild that was begun for another zone', async () => {
    for (let index = 0; index < 100; index += 1) await world.happen(String(index), order('2026-11-22T20:00:00.000Z'));
    const process = await world.start();
    const id = await defineToday();
    await process.live(id);
    await move('Asia/Jakarta');
    await process.runner.rebase('profiles');
    await move('Pacific/Auckland');
    await process.runner.rebase('profiles');
    await rebuilt(process);
    expect(await isVerified(process)).toBe(true);
    expect(await process.live(id)).toHaveLength(100);
    world.setTo('2026-11-23T11:00:00.000Z');
    await process.settled();
    expect(await process.membersOf(id)).toEqual([]);
  });

  it('leaves workspaces alone that are made later', async () => {
    const process = await world.start();
    await world.record('access-w2.workspace', 'access.workspace_created', { name: 'other', time_zone: 'Asia/Jakarta' });
    await process.settled();
    await process.runner.rebase('profiles');
    expect(await process.runner.rebuildOf('profiles')).toBeNull();
  });
});
