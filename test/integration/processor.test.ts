import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { added, counted, countingProjection } from '../support/counting.js';
import { newEvent } from '../support/new-events.js';
import { PATIENCE_MS } from '../support/patience.js';
import { dyingAt, openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';

let world: RunnerWorld;
beforeEach(async () => {
  world = await openRunnerWorld();
});
afterEach(() => world.close());

const projections = [{ projection: countingProjection() }];

async function sumOf(customer: string): Promise<number | undefined> {
  return (await counted(world.documentStore, 'counting@v1', customer))?.sum;
}

describe('a projection', () => {
  it('shows what was stored before and after its start', async () => {
    await world.happen('a', added(1), added(2));
    const runner = await world.run(projections);
    await world.happen('b', added(10));
    const position = await world.happen('a', added(4));
    await runner.waitFor('counting', position, PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toEqual({
      count: 3,
      sum: 7,
      seen: ['thing_added:0', 'thing_added:1', 'thing_added:2'],
      revision: '2',
    });
    expect(await sumOf('b')).toBe(10);
  });

  it('reaches positions of events that it does not fold', async () => {
    const runner = await world.run(projections);
    await world.happen('a', { type: 'never_folded' });
    const { position } = await world.eventStore.append('segment-w1.s', 'no_stream', [newEvent({ type: 'also_not' })]);
    await runner.waitFor('counting', position, PATIENCE_MS);
    expect(runner.asOf('counting')).toMatchObject({ lag_ms: 0 });
  });

  it('says projection_behind when a position does not come in time', async () => {
    const runner = await world.run(projections);
    await expect(runner.waitFor('counting', 10_000n, 20)).rejects.toMatchObject({ code: 'projection_behind', retryable: true });
  });

  it('goes on behind its checkpoint after a stop', async () => {
    const first = await world.run(projections);
    await first.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
    await first.stop();
    const position = await world.happen('a', added(2));
    expect(await world.documentStore.readCheckpoint('counting@v1')).toBe(position - 1n);
    const second = await world.run(projections);
    await second.waitFor('counting', position, PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toMatchObject({ count: 2, sum: 3 });
  });

  it.each([
    { store: 'documents', method: 'put', about: /^counting@v1$/ },
    { store: 'documents', method: 'put', about: /^counting@v1$/, skip: 1 },
    { store: 'documents', method: 'writeCheckpoint', about: /^counting@v1$/ },
  ] as const)('folds each event once when the process dies after $method ($skip)', async (point) => {
    const dying = dyingAt(world, point);
    await world.run(projections, { ...dying, tuning: { batchSize: 2 } });
    for (const amount of [1, 2, 4, 8]) {
      await world.happen('a', added(amount));
      await world.happen('b', added(amount));
    }
    // A checkpoint is due by the clock, so that the process dies in any case.
    world.advance(2_000);
    const position = await world.happen('a', added(16));
    await dying.died;
    const second = await world.run(projections);
    await second.waitFor('counting', position, PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toMatchObject({ count: 5, sum: 31 });
    expect(await counted(world.documentStore, 'counting@v1', 'b')).toMatchObject({ count: 4, sum: 15 });
  });

  it('loads and folds again when somebody else has written the document', async () => {
    const runner = await world.run(projections);
    await runner.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
    const stored = await world.documentStore.get('counting@v1', 'w1/a');
    if (stored === null) throw new Error('Expected a document.');
    const body = { ...stored.body, sum: 100 };
    await world.documentStore.put('counting@v1', [
      { id: 'w1/a', expected: stored.position, position: stored.position + 1n, body },
    ]);
    await world.happen('c', added(1));
    await runner.waitFor('counting', await world.happen('a', added(5)), PATIENCE_MS);
    expect(await sumOf('a')).toBe(105);
  });

  it('deletes with a tombstone and starts anew behind it', async () => {
    const projection = countingProjection();
    const deleting = {
      ...projection,
      evolve: (document: Parameters<typeof projection.evolve>[0], event: Parameters<typeof projection.evolve>[1], key: string) =>
        event.data['amount'] === 0 ? null : projection.evolve(document, event, key),
    };
    const runner = await world.run([{ projection: deleting }]);
    await runner.waitFor('counting', await world.happen('a', added(3)), PATIENCE_MS);
    await runner.waitFor('counting', await world.happen('a', added(0)), PATIENCE_MS);
    expect(await world.documentStore.get('counting@v1', 'w1/a')).toMatchObject({ body: null });
    await runner.waitFor('counting', await world.happen('a', added(5)), PATIENCE_MS);
    expect(await sumOf('a')).toBe(5);
  });

  it('waits for the upstream and for what it emitted', async () => {
    const downstream = countingProjection({ on: false }, { name: 'derived', categories: ['segment'] });
    const runner = await world.run([...projections, { projection: downstream, upstream: 'counting' }]);
    const position = await world.happen('a', added(1));
    await runner.waitFor('derived', position, PATIENCE_MS);
    expect(runner.asOf('derived').position).toBe(runner.asOf('counting').position);
    expect(await sumOf('a')).toBe(1);
  });
});
