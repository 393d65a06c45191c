import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { collect } from '../support/new-events.js';
import { dyingAt } from '../support/runner-world.js';
import { openSegmentsWorld, type SegmentsProcess, type SegmentsWorld } from '../support/segments-world.js';

const plan = (value: string) => ({ type: 'customer.updated', data: { plan: value } });
const gold = { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' };
const basic = { ...gold, value: 'basic' };
const MANY = 2_600;

let world: SegmentsWorld;
beforeEach(async () => {
  world = await openSegmentsWorld();
});
afterEach(() => world.close());

const idOf = (index: number): string => String(10_000 + index);
const ids = (count: number, holds: (index: number) => boolean): readonly string[] =>
  Array.from({ length: count }, (_, index) => index)
    .filter(holds)
    .map(idOf);
const isGold = (index: number): boolean => index % 3 !== 0;

async function populate(count = MANY): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => world.happen(idOf(index), plan(isGold(index) ? 'gold' : 'basic'))),
  );
}

async function define(rule: unknown): Promise<string> {
  return (await world.commands.define({ name: 'a segment', rule }, world.context())).segment_id;
}

async function storyOf(segmentId: string): Promise<readonly RecordedEvent[]> {
  return collect(world.eventStore.readStream(`segment-w1.${segmentId}`));
}

async function movesOf(customer: string): Promise<readonly string[]> {
  const story = await collect(world.eventStore.readStream(`customer-w1.${customer}`));
  return story.map(({ type }) => type).filter((type) => type === 'segment.entered' || type === 'segment.exited');
}

function chunks(story: readonly RecordedEvent[]) {
  return story.filter(({ type }) => type === 'segment.evaluated').map(({ data }) => data.plain);
}

describe('an evaluation of everyone', () => {
  it('covers all customers in chunks of a thousand, in id order, and says what came of it', async () => {
    await populate();
    const process = await world.start();
    const id = await define({ op: 'NOT', rules: [{ ...gold, value: 'platinum' }] });
    expect(await process.live(id)).toEqual(ids(MANY, () => true));
    const story = await storyOf(id);
    expect(story.map(({ type }) => type)).toEqual([
      'segment.defined',
      'segment.evaluation_started',
      'segment.evaluated',
      'segment.evaluated',
      'segment.evaluated',
      'segment.evaluation_finished',
    ]);
    expect(chunks(story).map(({ chunk, through }) => [chunk, through])).toEqual([
      [1, idOf(999)],
      [2, idOf(1_999)],
      [3, idOf(2_599)],
    ]);
    expect(story.at(-1)?.data.plain).toMatchObject({ members: MANY });
    expect(story[1]?.data.plain).toMatchObject({ cause: 'saved', segment_revision: 1 });
  });

  it.each([
    { store: 'events', method: 'appendOnce', about: /^segment-/, skip: 0 },
    { store: 'events', method: 'appendOnce', about: /^segment-/, skip: 1 },
    { store: 'events', method: 'appendOnce', about: /^segment-/, skip: 2 },
    { store: 'documents', method: 'patch', about: /^profiles@v1$/, skip: 0 },
    { store: 'documents', method: 'patch', about: /^profiles@v1$/, skip: 1 },
    { store: 'documents', method: 'put', about: /^profiles@v1$/, skip: 0 },
    { store: 'documents', method: 'put', about: /^profiles@v1\.state$/, skip: 1 },
  ] as const)('goes on behind the last stored customer when the process dies after $method of $about ($skip)', async (point) => {
    await populate();
    await Promise.all(ids(MANY, () => true).map((customer) => world.happen(customer, { type: 'order_created' })));
    const first = await world.start();
    await first.settled();
    await first.runner.stop();
    const dying = dyingAt(world, point);
    await world.start({ eventStore: dying.eventStore, documentStore: dying.documentStore });
    const id = await define({
      op: 'AND',
      rules: [gold, { type: 'behavior', event: 'order_created', op: 'did_event', within_days: 5 }],
    });
    await world.happen('10001', plan('basic'));
    await dying.died;
    await world.happen('10002', plan('basic'));
    const second = await world.start();
    const members = await second.live(id);
    expect(members).toEqual(ids(MANY, (index) => isGold(index) && index !== 1 && index !== 2));
    expect((await second.segments.get('w1', id))?.member_count).toBe(members.length);
    const numbers = chunks(await storyOf(id)).map(({ chunk }) => chunk);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    world.setTo('2026-11-27T00:00:00.000Z');
    await second.settled();
    expect(await second.membersOf(id)).toEqual([]);
  });

  it('is not repeated by an event that stands in the log in front of a chunk and is met after a crash', async () => {
    await populate(1_200);
    const first = await world.start();
    await first.settled();
    await first.runner.stop();
    const customers = [idOf(1), idOf(4), idOf(1_001)];
    // Pushed when the chunk was decided and is not stored.
    const crowded: EventStore = {
      ...world.eventStore,
      async appendOnce(stream, after, events) {
        if (events.some(({ type }) => type === 'segment.evaluated')) {
          for (const customer of customers) await world.happen(customer, { type: 'order_created' });
          await world.happen(idOf(2), plan('basic'));
        }
        return world.eventStore.appendOnce(stream, after, events);
      },
    };
    const point = { store: 'events', method: 'appendOnce', about: /^segment-/, skip: 1 } as const;
    const dying = dyingAt({ ...world, eventStore: crowded }, point);
    await world.start({ eventStore: dying.eventStore, documentStore: dying.documentStore });
    const none = { type: 'behavior', event: 'order_created', op: 'did_event', count_gte: 3 };
    const id = await define({ op: 'AND', rules: [gold, { op: 'NOT', rules: [none] }] });
    await dying.died;
    const second = await world.start();
    const members = ids(1_200, (index) => isGold(index) && index !== 2);
    expect(await second.live(id)).toEqual(members);
    expect((await second.segments.get('w1', id))?.member_count).toBe(members.length);
    const moves = await Promise.all([...customers, idOf(2)].map((customer) => movesOf(customer)));
    expect(moves).toEqual([[], [], [], ['segment.exited']]);
    expect(chunks(await storyOf(id)).map(({ entered }) => (entered as readonly string[]).length)).toEqual([800]);
  });

  it('gives way to a newer rule and ends when the segment is archived', async () => {
    await populate();
    const process = await world.start();
    const id = await define(gold);
    await world.commands.revise(id, { name: 'other', rule: basic }, world.context());
    expect(await process.live(id)).toEqual(ids(MANY, (index) => !isGold(index)));
    await world.commands.recompute(id, world.context());
    await world.commands.archive(id, world.context());
    await process.settled();
    expect(await process.segments.get('w1', id)).toMatchObject({ state: 'archived', revision: 3 });
    const story = await storyOf(id);
    const [started, finished] = ['started', 'finished'].map((what) =>
      story.filter(({ type }) => type === `segment.evaluation_${what}`),
    );
    expect(finished?.length).toBe(started?.length);
    const before = story.length;
    await process.settled(await world.happen(idOf(0), plan('gold'), plan('basic')));
    expect(await storyOf(id)).toHaveLength(before);
    expect(await process.membersOf(id)).toEqual(ids(MANY, (index) => !isGold(index)));
  });

  it('goes once over all segments after an import, whose events move nobody by themselves', async () => {
    const process = await world.start();
    const [one, other] = [await define(gold), await define(basic)];
    await process.live(one);
    const importId = randomUUID();
    await process.settled(await world.happen('a', { ...plan('gold'), backfill: importId }));
    expect(await process.membersOf(one)).toEqual([]);
    const counts = { received: 1, accepted: 1, duplicate: 0, quarantined: 0 };
    await process.settled(await world.record(`import-w1.${importId}`, 'import.finished', { cause: 'requested', ...counts }));
    expect(await process.membersOf(one)).toEqual(['a']);
    for (const id of [one, other]) {
      const causes = (await storyOf(id))
        .filter(({ type }) => type === 'segment.evaluation_started')
        .map(({ data }) => data.plain['cause']);
      expect(causes).toEqual(['saved', importId]);
    }
  });

  it('lets live events pass between its chunks', async () => {
    await populate();
    const process = await world.start();
    await process.settled();
    const id = await define({ ...gold, op: 'neq', value: 'platinum' });
    const moves = Array.from({ length: 60 }, (_, index) => world.happen(idOf(index * 43), plan('platinum')));
    await Promise.all(moves);
    const members = await process.live(id);
    const gone = new Set(Array.from({ length: 60 }, (_, index) => index * 43));
    expect(members).toEqual(ids(MANY, (index) => !gone.has(index)));
    await expectCounted(process, id);
  });
});

describe('a segment over time', () => {
  it('takes late events in at once, and not if their window is past', async () => {
    const process = await world.start();
    const id = await define({ type: 'behavior', event: 'order_created', op: 'did_event', within_days: 3 });
    await process.live(id);
    await world.happen('late', { type: 'order_created', at: '2026-11-20T00:00:00.000Z' });
    await process.settled(await world.happen('too_late', { type: 'order_created', at: '2026-11-19T23:59:59.999Z' }));
    expect(await process.membersOf(id)).toEqual(['late']);
  });

  it('shows its size by the hour', async () => {
    const process = await world.start();
    const id = await define(gold);
    await process.live(id);
    await process.settled(await world.happen('a', plan('gold')));
    await process.settled(await world.happen('b', plan('gold')));
    world.setTo('2026-11-22T13:30:00.000Z');
    await process.settled(await world.happen('a', plan('basic')));
    const history = await process.segments.history('w1', id);
    expect(history).toEqual([
      { at: '2026-11-22T10:00:00.000Z', members: 2 },
      { at: '2026-11-22T13:00:00.000Z', members: 1 },
    ]);
    expect(await process.segments.history('w1', id, { from: '2026-11-22T13:10:00.000Z' })).toEqual(history.slice(1));
  });

  it('lets go at midnight by itself, without anything that would wake it', async () => {
    const process = await world.start();
    const id = await define({ type: 'behavior', event: 'order_created', op: 'did_event', within_days: 1 });
    await process.live(id);
    await world.happen('a', { type: 'order_created' });
    await process.settled();
    expect(await process.membersOf(id)).toEqual(['a']);
    const exited = firstOf('segment.exited', await world.eventStore.head());
    world.setTo('2026-11-22T23:59:59.600Z');
    const event = await exited;
    expect(event.data.plain).toMatchObject({ cause: 'due', at: '2026-11-23T00:00:00.000Z', segment: id });
  });
});

async function firstOf(type: string, after: bigint): Promise<RecordedEvent> {
  const stop = new AbortController();
  for await (const message of world.eventStore.subscribe({ after, signal: stop.signal })) {
    if (message.kind === 'event' && message.event.type === type) return message.event;
  }
  throw new Error(`Expected a ${type}.`);
}

async function expectCounted(process: SegmentsProcess, id: string): Promise<void> {
  expect((await process.segments.get('w1', id))?.member_count).toBe((await process.membersOf(id)).length);
}
