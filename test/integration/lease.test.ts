import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Runner, RunnerOptions } from '../../runtime/runner.js';
import { added, counted, countingProjection } from '../support/counting.js';
import { PATIENCE_MS } from '../support/patience.js';
import { openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';

let world: RunnerWorld;
beforeEach(async () => {
  world = await openRunnerWorld();
});
afterEach(() => world.close());

/** Longer than this machine may be held up. */
const leaseTtlMs = 2_000;

async function start(holder: string, options: Partial<RunnerOptions> = {}): Promise<Runner> {
  return world.run([{ projection: countingProjection() }], { holder, leaseTtlMs, ...options });
}

function whenCalled(): { readonly called: Promise<void>; readonly call: () => void } {
  let call: () => void = () => undefined;
  const called = new Promise<void>((resolve) => (call = resolve));
  return { called, call };
}

describe('two processes with one lease', () => {
  it('lets only the first drive, and the second take over when it stops', async () => {
    const first = await start('one');
    const takeOver = whenCalled();
    const second = await start('two', { onDriving: takeOver.call });
    expect([first.isRunning(), second.isRunning()]).toEqual([true, false]);
    expect(await second.status()).toMatchObject([{ state: 'standby' }]);
    const position = await world.happen('a', added(1));
    // Also where nothing is driven, reads may wait for what was written.
    await second.waitFor('counting', position, PATIENCE_MS);
    await first.stop();
    await takeOver.called;
    await second.waitFor('counting', await world.happen('a', added(2)), PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toMatchObject({ count: 2, sum: 3 });
  });

  it('goes on at once when the same holder starts again', async () => {
    await world.documentStore.acquireLease('processors', 'one', { now: Date.now(), ttlMs: 60_000 });
    const again = await start('one');
    expect(again.isRunning()).toBe(true);
  });

  it('goes on after a silence longer than the lease when nobody took over meanwhile', async () => {
    const lost = jest.fn();
    const first = await start('one', { onLost: lost });
    await first.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
    // As if the process had slept: its clock jumps over the end of the lease.
    world.advance(10 * leaseTtlMs);
    await first.waitFor('counting', await world.happen('a', added(2)), PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toMatchObject({ count: 2, sum: 3 });
    expect(lost).not.toHaveBeenCalled();
  });

  it('stands by when another has taken over, and drives again when that one stops', async () => {
    const loss = whenCalled();
    const driving = jest.fn();
    const first = await start('one', { onLost: loss.call, onDriving: driving });
    world.advance(10 * leaseTtlMs);
    await world.documentStore.acquireLease('processors', 'other', { now: Date.now() + 10 * leaseTtlMs, ttlMs: leaseTtlMs });
    await loss.called;
    expect(first.isRunning()).toBe(false);
    // The other one's lease runs out, since nobody renews it.
    await first.waitFor('counting', await world.happen('a', added(2)), PATIENCE_MS);
    expect(driving).toHaveBeenCalledTimes(2);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toMatchObject({ count: 1, sum: 2 });
  });

  it('refuses the writes of a process that does not know that it was replaced', async () => {
    // Only this one's clock stands still, so its lease never seems to run out to it.
    const standing = Date.now();
    const loss = whenCalled();
    await world.run([{ projection: countingProjection() }], {
      holder: 'zombie',
      leaseTtlMs,
      onLost: loss.call,
      clock: () => standing,
    });
    await world.happen('a', added(1));
    world.advance(10 * leaseTtlMs);
    const heir = await start('heir');
    const position = await world.happen('a', added(2));
    await loss.called;
    await heir.waitFor('counting', position, PATIENCE_MS);
    expect(await counted(world.documentStore, 'counting@v1', 'a')).toMatchObject({ count: 2, sum: 3 });
  });
});
