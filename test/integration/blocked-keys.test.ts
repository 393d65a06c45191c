import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Runner } from '../../runtime/runner.js';
import { added, counted, countingProjection, type Bug } from '../support/counting.js';
import { newEvent } from '../support/new-events.js';
import { PATIENCE_MS } from '../support/patience.js';
import { decodePlain, openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';

let world: RunnerWorld;
let bug: Bug;
beforeEach(async () => {
  // Nothing is tried again by itself unless a test moves the clock.
  world = await openRunnerWorld('stands');
  bug = { on: true };
});
afterEach(() => world.close());

const poison = added(100, { poison: true });
const document = (customer: string) => counted(world.documentStore, 'counting@v1', customer);

async function start(): Promise<Runner> {
  return world.run([{ projection: countingProjection(bug) }]);
}

/** Parks what is retried by itself, without waiting for the clock. */
async function park(runner: Runner): Promise<string> {
  for (;;) {
    const [letter] = runner.deadLetters.list();
    if (letter === undefined) throw new Error('Expected a dead letter.');
    if (letter.state === 'parked') return letter.id;
    await runner.deadLetters.retry(letter.id);
  }
}

describe('an event that cannot be folded', () => {
  it('blocks its key and no other, keeping what came before it', async () => {
    const runner = await start();
    await world.happen('a', added(1), poison, added(2));
    await world.happen('b', added(10));
    await runner.waitFor('counting', await world.happen('a', added(4)), PATIENCE_MS);
    expect(await document('a')).toMatchObject({ count: 1, sum: 1 });
    expect(await document('b')).toMatchObject({ sum: 10 });
    expect(runner.asOf('counting', 'w1/a').blocked).toBe(true);
    expect(runner.asOf('counting', 'w1/b').blocked).toBeUndefined();
    const [status] = await runner.status();
    expect(status).toMatchObject({ blocked: 1, lag_ms: 0 });
  });

  it('is tried five times, then its key is parked', async () => {
    const runner = await start();
    await runner.waitFor('counting', await world.happen('a', poison, added(2)), PATIENCE_MS);
    await park(runner);
    expect(runner.deadLetters.list()).toEqual([
      expect.objectContaining({ projection: 'counting', key: 'w1/a', workspace: 'w1', tries: 5, state: 'parked', skipped: 0 }),
    ]);
  });

  it('goes on by itself when a retry succeeds, with all that was passed over', async () => {
    const runner = await start();
    // What comes in the batch of the poisoned event is not passed over by itself, so each comes in a batch of its own.
    await runner.waitFor('counting', await world.happen('a', added(1), poison), PATIENCE_MS);
    await runner.waitFor('counting', await world.happen('a', added(2)), PATIENCE_MS);
    await world.happen('b', added(1));
    await runner.waitFor('counting', await world.happen('a', added(4)), PATIENCE_MS);
    expect(runner.deadLetters.list()).toMatchObject([{ skipped: 2, tries: 1, state: 'retrying' }]);
    bug.on = false;
    world.advance(1_000);
    runner.poke('counting');
    await world.happen('b', added(1));
    const [letter] = runner.deadLetters.list();
    if (letter !== undefined) expect(await runner.deadLetters.retry(letter.id)).toBe('unblocked');
    expect(await document('a')).toEqual({
      count: 4,
      sum: 107,
      seen: ['thing_added:0', 'thing_added:1', 'thing_added:2', 'thing_added:3'],
      revision: '3',
    });
    expect(runner.asOf('counting', 'w1/a').blocked).toBeUndefined();
  });

  it('stays blocked over a restart and can be retried then', async () => {
    const first = await start();
    await first.waitFor('counting', await world.happen('a', poison, added(2)), PATIENCE_MS);
    await park(first);
    await first.waitFor('counting', await world.happen('a', added(4)), PATIENCE_MS);
    await first.stop();
    const second = await start();
    await second.waitFor('counting', await world.happen('a', added(8)), PATIENCE_MS);
    expect(await document('a')).toBeNull();
    const [letter] = second.deadLetters.list();
    expect(letter).toMatchObject({
      state: 'parked',
      skipped: 2,
      reason: { code: 'internal', message: 'Error: cannot fold this' },
    });
    bug.on = false;
    expect(await second.deadLetters.retry(letter?.id ?? '')).toBe('unblocked');
    expect(await document('a')).toMatchObject({ count: 4, sum: 114 });
    await second.waitFor('counting', await world.happen('a', added(16)), PATIENCE_MS);
    expect(await document('a')).toMatchObject({ count: 5, sum: 130 });
  });

  it('is left out for good when a person drops it, also in a rebuild', async () => {
    const runner = await start();
    await runner.waitFor('counting', await world.happen('a', added(1), poison, added(2)), PATIENCE_MS);
    expect(await runner.deadLetters.drop(await park(runner), 'user:tests')).toBe('unblocked');
    expect(await document('a')).toMatchObject({ count: 2, sum: 3 });
    expect(await (await runner.rebuild('counting')).done).toBe('switched');
    expect(await counted(world.documentStore, 'counting@v2', 'a')).toMatchObject({ count: 2, sum: 3 });
    expect(runner.deadLetters.list()).toEqual([]);
  });

  it('blocks again at the next event that fails', async () => {
    const runner = await start();
    await runner.waitFor('counting', await world.happen('a', poison, added(2), poison, added(4)), PATIENCE_MS);
    expect(await runner.deadLetters.drop(await park(runner), 'user:tests')).toBe('still_blocked');
    expect(await document('a')).toMatchObject({ count: 1, sum: 2 });
    expect(runner.deadLetters.list()).toMatchObject([{ event: { revision: '2' }, tries: 1 }]);
  });

  it('is found alone when only the store refuses what it leads to', async () => {
    const projection = countingProjection();
    const refusing = countingProjection(bug, {
      evolve: (before, event, key) => {
        const after = projection.evolve(before, event, key);
        return event.data['poison'] === true && after !== null ? { ...after, sum: Number.NaN } : after;
      },
    });
    const runner = await world.run([{ projection: refusing }]);
    for (const customer of ['b', 'c', 'd']) await world.happen(customer, added(1));
    await world.happen('a', added(1), added(2), poison, added(4));
    await runner.waitFor('counting', await world.happen('e', added(1)), PATIENCE_MS);
    expect(await document('a')).toMatchObject({ count: 2, sum: 3 });
    for (const customer of ['b', 'c', 'd', 'e']) expect(await document(customer)).toMatchObject({ sum: 1 });
    expect(runner.deadLetters.list()).toMatchObject([
      { key: 'w1/a', event: { revision: '2' }, reason: { code: 'invalid_input' } },
    ]);
  });
});

describe('an event that cannot be read', () => {
  it('blocks its stream as the key, and goes on when it can be read', async () => {
    let isReadable = false;
    const runner = await world.run([{ projection: countingProjection() }], {
      decode: async (events, options) => {
        const results = await decodePlain(events, options);
        return results.map((result, index) => {
          const recorded = events[index];
          const isRefused = !isReadable && recorded?.data.plain['poison'] === true;
          return isRefused ? { ok: false, recorded, error: new Error('cannot read') } : result;
        });
      },
    });
    await world.happen('a', added(1), poison, added(2));
    await runner.waitFor('counting', await world.happen('b', added(1)), PATIENCE_MS);
    expect(await document('a')).toMatchObject({ sum: 1 });
    expect(runner.deadLetters.list()).toMatchObject([{ key: 'stream:customer-w1.a', workspace: 'w1' }]);
    expect(runner.asOf('counting', 'w1/a').blocked).toBe(true);
    isReadable = true;
    expect(await runner.deadLetters.retry(runner.deadLetters.list()[0]?.id ?? '')).toBe('unblocked');
    expect(await document('a')).toMatchObject({ count: 3, sum: 103 });
  });

  it('asks for a rebuild when documents have moved on without it', async () => {
    let isReadable = false;
    const everyone = countingProjection({ on: false }, { keys: () => ['w1/all'] });
    const throwing = countingProjection(bug, {
      ...everyone,
      keys(event) {
        if (!isReadable && event.data['poison'] === true) throw new Error('no key');
        return ['w1/all'];
      },
    });
    const runner = await world.run([{ projection: throwing }]);
    bug.on = false;
    await world.happen('a', poison);
    await runner.waitFor('counting', await world.happen('b', added(1)), PATIENCE_MS);
    isReadable = true;
    const letter = runner.deadLetters.list()[0];
    expect(await runner.deadLetters.retry(letter?.id ?? '')).toBe('still_blocked');
    expect(runner.deadLetters.list()).toMatchObject([{ reason: { code: 'rebuild_needed' } }]);
    await (
      await runner.rebuild('counting')
    ).done;
    expect(await counted(world.documentStore, 'counting@v2', 'all')).toMatchObject({ count: 2, sum: 101 });
    expect(runner.deadLetters.list()).toEqual([]);
  });

  it('is not found under an id that nobody has given', () => {
    return expect(start().then((runner) => runner.deadLetters.retry(newEvent().id))).rejects.toMatchObject({ code: 'not_found' });
  });
});
