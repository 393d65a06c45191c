import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Runner, RunnerOptions } from '../../runtime/runner.js';
import { added, countingProjection } from '../support/counting.js';
import { collect, newEvent, until } from '../support/new-events.js';
import { PATIENCE_MS } from '../support/patience.js';
import { dyingAt, openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';
import { expectedMoves, vipReactor } from '../support/vip-reactor.js';

let world: RunnerWorld;
beforeEach(async () => {
  world = await openRunnerWorld();
});
afterEach(() => world.close());

const customers = ['a', 'b', 'c', 'd'];
const HOUR_MS = 3_600_000;

function start(options: Partial<RunnerOptions> = {}): Promise<Runner> {
  return world.run([{ projection: countingProjection(), reactor: vipReactor }], options);
}

async function streamOf(customer: string) {
  const events = await collect(world.eventStore.readStream(`customer-w1.${customer}`));
  return events.map(({ type, data, id }) => ({ id, type, data: data.plain }));
}

async function movesOf(customer: string): Promise<readonly string[]> {
  return (await streamOf(customer)).map(({ type }) => type).filter((type) => type.startsWith('vip_'));
}

/** Everything stored is folded, and everything that follows from it. */
async function settled(runner: Runner): Promise<void> {
  for (let head = -1n; head !== (await world.eventStore.head());) {
    head = await world.eventStore.head();
    await runner.waitFor('counting', head, PATIENCE_MS);
  }
}

async function traffic(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const customer of customers) await world.happen(customer, added(1 + (round % 2)), added(2));
  }
}

describe('a reactor', () => {
  it('decides event by event, whatever the batches', async () => {
    const runner = await start({ tuning: { batchSize: 3 } });
    await traffic(5);
    await settled(runner);
    for (const customer of customers) {
      const stream = await streamOf(customer);
      expect(await movesOf(customer)).toEqual(expectedMoves(stream));
      expect(stream.filter(({ type }) => type.startsWith('vip_')).length).toBeGreaterThan(2);
    }
  });

  const points = [
    { store: 'events', method: 'appendOnce', about: /^customer-/ },
    { store: 'events', method: 'appendOnce', about: /^customer-/, skip: 3 },
    { store: 'documents', method: 'put', about: /\.state$/ },
    { store: 'documents', method: 'put', about: /\.state$/, skip: 2 },
    { store: 'documents', method: 'put', about: /^counting@v1$/ },
    { store: 'documents', method: 'put', about: /^counting@v1$/, skip: 2 },
    { store: 'documents', method: 'writeCheckpoint', about: /^counting@v1$/ },
  ] as const;
  it.each(points)('comes to the same when the process dies after $store.$method $about $skip', async (point) => {
    const dying = dyingAt(world, point);
    await start({ ...dying, tuning: { batchSize: 5 } });
    await traffic(5);
    world.advance(2_000);
    await world.happen('a', added(1));
    await dying.died;
    await traffic(1);
    const second = await start();
    await traffic(1);
    await settled(second);
    for (const customer of customers) {
      const stream = await streamOf(customer);
      expect(await movesOf(customer)).toEqual(expectedMoves(stream));
      expect(new Set(stream.map(({ id }) => id)).size).toBe(stream.length);
    }
  });

  it('comes to the same wherever it dies, twice in a row', async () => {
    const places = fc.constantFrom(
      { store: 'events', method: 'appendOnce', about: /^customer-/ } as const,
      { store: 'documents', method: 'put', about: /\.state$/ } as const,
      { store: 'documents', method: 'put', about: /^counting@v1$/ } as const,
    );
    const point = fc.tuple(places, fc.nat({ max: 12 })).map(([place, skip]) => ({ ...place, skip }));
    const amounts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 12, maxLength: 24 });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(point, point, amounts, async (first, second, given) => {
        const customer = `r${String((round += 1))}`;
        for (const death of [first, second]) {
          const runner = await start({ ...dyingAt(world, death), tuning: { batchSize: 4 } });
          for (const amount of given) await world.happen(customer, added(amount));
          await runner.stop().catch(() => undefined);
        }
        const last = await start();
        await settled(last);
        await last.stop();
        const stream = await streamOf(customer);
        expect(await movesOf(customer)).toEqual(expectedMoves(stream));
      }),
      { numRuns: 12 },
    );
  });

  it('does what is due by the clock, once, also when it dies right after saying so', async () => {
    const first = await start();
    await world.happen('a', added(3));
    await settled(first);
    await first.stop();
    const dying = dyingAt(world, { store: 'events', method: 'appendOnce', about: /^customer-/ });
    world.advance(HOUR_MS + 1);
    await start(dying);
    await dying.died;
    const second = await start();
    await settled(second);
    second.poke('counting');
    await second.waitFor('counting', await world.happen('b', added(1)), PATIENCE_MS);
    await settled(second);
    expect(await movesOf('a')).toEqual(['vip_entered', 'vip_exited']);
  });

  it('is woken by an event that brings a nearer instant, and sleeps without one', async () => {
    const runner = await start({ leaseTtlMs: 10 * HOUR_MS });
    await world.happen('a', added(3));
    await settled(runner);
    world.advance(HOUR_MS + 1);
    runner.poke('counting');
    await until(
      (signal) => world.eventStore.subscribe({ after: -1n, categories: ['customer'], signal }),
      (message) => message.kind === 'event' && message.event.type === 'vip_exited',
    );
    expect(await movesOf('a')).toEqual(['vip_entered', 'vip_exited']);
  });

  it('decides by the rules in force at the event', async () => {
    const runner = await start();
    const rule = newEvent({ type: 'rule_changed', data: { plain: { divisor: 5 }, hashes: {}, sealed: [] } });
    await runner.stop();
    await world.happen('a', added(3));
    await world.eventStore.append('segment-w1.rule', 'no_stream', [rule]);
    await world.happen('a', added(3));
    await world.happen('b', added(5));
    await settled(await start());
    expect(await movesOf('a')).toEqual(['vip_entered', 'vip_exited']);
    expect(await movesOf('b')).toEqual(['vip_entered']);
  });

  it('keeps quiet about imported history', async () => {
    const runner = await start();
    const made = newEvent();
    await world.happen('a', { ...added(3), metadata: { ...made.metadata, backfill: 'import-1' } });
    await settled(runner);
    expect(await movesOf('a')).toEqual([]);
  });

  it('never acts in a rebuild, and goes on deciding behind it', async () => {
    const first = await start();
    await traffic(4);
    await settled(first);
    const before = await world.eventStore.head();
    expect(await (await first.rebuild('counting')).done).toBe('switched');
    await settled(first);
    const categories = ['customer'] as const;
    expect(await collect(world.eventStore.readAll({ after: before, categories }))).toEqual([]);
    await traffic(2);
    await settled(first);
    for (const customer of customers) {
      expect(await movesOf(customer)).toEqual(expectedMoves(await streamOf(customer)));
    }
  });

  it('is refused when its projection does not fold what it emits', async () => {
    const projection = countingProjection({ on: false }, { handles: ['thing_added'] });
    await expect(world.run([{ projection, reactor: vipReactor }])).rejects.toMatchObject({ code: 'internal' });
  });
});
