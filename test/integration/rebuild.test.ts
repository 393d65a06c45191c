import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RebuildProgress } from '../../runtime/rebuild.js';
import { added, counted, countingProjection, type Bug } from '../support/counting.js';
import { collect } from '../support/new-events.js';
import { PATIENCE_MS } from '../support/patience.js';
import { dyingAt, openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';

let world: RunnerWorld;
beforeEach(async () => {
  world = await openRunnerWorld();
});
afterEach(() => world.close());

const customers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** A log with `rounds` events of each customer; answers the last position. */
async function history(rounds: number): Promise<bigint> {
  const positions = await Promise.all(
    customers.map((customer) => world.happen(customer, ...Array.from({ length: rounds }, (_, index) => added(index + 1)))),
  );
  return positions.reduce((last, position) => (position > last ? position : last), -1n);
}

async function all(collection: string): Promise<readonly unknown[]> {
  return Promise.all(customers.map((customer) => counted(world.documentStore, collection, customer)));
}

const version = (number: number) => [{ projection: countingProjection({ on: false }, { version: number }) }];

describe('a rebuild', () => {
  it('replaces the documents by equal ones and drops the old ones', async () => {
    const runner = await world.run(version(1));
    await runner.waitFor('counting', await history(50), PATIENCE_MS);
    const before = await all('counting@v1');
    const job = await runner.rebuild('counting');
    const reports = await collect<RebuildProgress>(job.progress());
    expect(await job.done).toBe('switched');
    expect(reports.at(-1)).toMatchObject({ state: 'done', generation: 2 });
    expect(runner.readModel('counting').collection()).toBe('counting@v2');
    expect(await all('counting@v2')).toEqual(before);
    await runner.stop();
    await world.run(version(1));
    expect((await world.documentStore.listCollections()).filter((name) => name.startsWith('counting@v1'))).toEqual([]);
  });

  it('records the switch in the log and refuses a second one at the same time', async () => {
    const runner = await world.run(version(1));
    const job = await runner.rebuild('counting', 'manual');
    await expect(runner.rebuild('counting')).rejects.toMatchObject({ code: 'rebuild_running' });
    expect(() => runner.verify('counting')).toThrow(expect.objectContaining({ code: 'rebuild_running' }));
    job.switch();
    await job.done;
    const events = await collect(world.eventStore.readStream('projection-cebe.counting'));
    expect(events.map(({ data }) => data.plain['generation'])).toEqual([1, 2]);
  });

  it('loses and repeats nothing while events go on coming in', async () => {
    const runner = await world.run(version(1), { tuning: { batchSize: 7 } });
    await history(100);
    const job = await runner.rebuild('counting');
    const ended = new AbortController();
    const traffic = (async () => {
      let last = -1n;
      for (let round = 0; !ended.signal.aborted || round < 5; round += 1)
        last = await world.happen(customers[round % 8] ?? 'a', added(1));
      return last;
    })();
    expect(await job.done).toBe('switched');
    ended.abort();
    await runner.waitFor('counting', await traffic, PATIENCE_MS);
    for (const customer of customers) {
      const document = await counted(world.documentStore, 'counting@v2', customer);
      const events = await collect(world.eventStore.readStream(`customer-w1.${customer}`));
      expect(document?.seen).toEqual(events.map(({ type, revision }) => `${type}:${revision.toString()}`));
    }
  });

  it('goes on after a restart where it was', async () => {
    const first = await world.run(version(1));
    await first.waitFor('counting', await history(300), PATIENCE_MS);
    await first.stop();
    const dying = dyingAt(world, { store: 'documents', method: 'writeCheckpoint', about: /^counting@v2$/ });
    // The clock makes a checkpoint due after every batch.
    let now = Date.now();
    const clock = (): number => (now += 1_100);
    const second = await world.run(version(1), { ...dying, clock, leaseTtlMs: 10_000_000, tuning: { batchSize: 20 } });
    await second.rebuild('counting');
    await dying.died;
    await second.stop().catch(() => undefined);
    const reached = await world.documentStore.readCheckpoint('counting@v2');
    expect(reached).toBeGreaterThan(0n);
    const third = await world.run(version(1));
    const job = await third.rebuildOf('counting');
    expect(job?.generation).toBe(2);
    expect(await job?.done).toBe('switched');
    expect(await counted(world.documentStore, 'counting@v2', 'a')).toMatchObject({ count: 300, sum: 45_150 });
  });

  it('still waits for its switch after a restart, and follows what serves until then', async () => {
    const first = await world.run(version(1));
    await first.waitFor('counting', await history(10), PATIENCE_MS);
    for await (const { state } of (await first.rebuild('counting', 'manual')).progress()) if (state === 'ready') break;
    await first.stop();
    const second = await world.run(version(1));
    const job = await second.rebuildOf('counting');
    if (job === null) throw new Error('Expected the rebuild to go on.');
    for await (const { state } of job.progress()) if (state === 'ready') break;
    expect(second.readModel('counting').collection()).toBe('counting@v1');
    await second.waitFor('counting', await world.happen('a', added(7)), PATIENCE_MS);
    job.switch();
    expect(await job.done).toBe('switched');
    expect(second.readModel('counting').collection()).toBe('counting@v2');
    expect(await counted(world.documentStore, 'counting@v2', 'a')).toMatchObject({ count: 11, sum: 62 });
  });

  it('is started by a new version of the code, which leaves the old documents alone until then', async () => {
    const first = await world.run(version(1));
    await first.waitFor('counting', await history(10), PATIENCE_MS);
    await first.stop();
    await world.happen('a', added(1_000));
    const second = await world.run(version(2));
    expect(await (await second.rebuildOf('counting'))?.done).toBe('switched');
    await second.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v2', 'a')).toMatchObject({ count: 12, sum: 1_056 });
    expect(await second.status()).toMatchObject([{ version: 2, code_version: 2, generation: 2, state: 'live' }]);
  });

  it('can be cancelled, which leaves nothing behind', async () => {
    const runner = await world.run(version(1));
    await runner.waitFor('counting', await history(10), PATIENCE_MS);
    const job = await runner.rebuild('counting', 'manual');
    job.cancel();
    await expect(job.done).rejects.toMatchObject({ code: 'cancelled' });
    expect((await world.documentStore.listCollections()).filter((name) => name.startsWith('counting@v2'))).toEqual([]);
    await runner.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
  });

  it('waits for a person when more keys are blocked in it than in what serves', async () => {
    const bug: Bug = { on: false };
    const runner = await world.run([{ projection: countingProjection(bug) }]);
    await runner.waitFor('counting', await world.happen('a', added(1), added(2, { poison: true })), PATIENCE_MS);
    bug.on = true;
    const job = await runner.rebuild('counting');
    for await (const { state } of job.progress()) {
      if (state === 'ready') job.switch();
    }
    expect(await job.done).toBe('switched');
    expect(runner.deadLetters.list()).toMatchObject([{ key: 'w1/a' }]);
  });

  it('begins a new generation from the log when the documents were lost', async () => {
    const first = await world.run(version(1));
    await first.waitFor('counting', await history(5), PATIENCE_MS);
    await first.stop();
    for (const name of await world.documentStore.listCollections()) await world.documentStore.dropCollection(name);
    await world.documentStore.dropCheckpoint('counting@v1');
    const second = await world.run(version(1));
    await second.waitFor('counting', await world.happen('a', added(0)), PATIENCE_MS);
    expect(second.readModel('counting').collection()).toBe('counting@v2');
    expect(await counted(world.documentStore, 'counting@v2', 'a')).toMatchObject({ count: 6, sum: 15 });
  });
});

describe('a verification', () => {
  it('finds equal what was folded from the log, while events go on coming in', async () => {
    const runner = await world.run(version(1));
    await runner.waitFor('counting', await history(50), PATIENCE_MS);
    const job = runner.verify('counting');
    for (const customer of customers) await world.happen(customer, added(7));
    expect(await job.done).toMatchObject({ equal: true, documents: 8, differing: [] });
    expect(await world.documentStore.listCollections()).not.toContain('counting@v2');
    await runner.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
  });

  it('names the keys that differ', async () => {
    const runner = await world.run(version(1));
    await runner.waitFor('counting', await history(5), PATIENCE_MS);
    const [a, b] = await Promise.all(['a', 'b'].map((customer) => world.documentStore.get('counting@v1', `w1/${customer}`)));
    if (!a || !b) throw new Error('Expected both documents.');
    await world.documentStore.put('counting@v1', [
      { id: 'w1/a', expected: a.position, position: a.position, body: { ...a.body, sum: 1 } },
      { id: 'w1/b', expected: b.position, position: b.position, body: null },
      { id: 'w1/x', expected: 'none', position: 0n, body: { sum: 1 } },
    ]);
    expect(await runner.verify('counting').done).toMatchObject({
      equal: false,
      differing: [
        { key: 'w1/a', kind: 'different' },
        { key: 'w1/b', kind: 'missing' },
        { key: 'w1/x', kind: 'extra' },
      ],
    });
  });

  it('can be cancelled', async () => {
    const runner = await world.run(version(1));
    await runner.waitFor('counting', await history(5), PATIENCE_MS);
    const job = runner.verify('counting');
    job.cancel();
    await expect(job.done).rejects.toMatchObject({ code: 'cancelled' });
    expect(await world.documentStore.listCollections()).not.toContain('counting@v2');
  });
});
