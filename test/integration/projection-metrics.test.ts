import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { observeProjections } from '../../app/projection-metrics.js';
import { added, countingProjection } from '../support/counting.js';
import { PATIENCE_MS } from '../support/patience.js';
import { openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';

let world: RunnerWorld;
beforeEach(async () => {
  world = await openRunnerWorld();
});
afterEach(() => world.close());

/** The samples of projections, by name and labels. */
async function samplesOf(registry: Registry): Promise<Readonly<Record<string, number>>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('cebe_projection_'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('the metrics of projections', () => {
  it('tell lag, blocked keys and state of each, as they are when they are read', async () => {
    const registry = new Registry();
    const runner = await world.run([{ projection: countingProjection({ on: true }) }]);
    observeProjections(registry, runner);
    await runner.waitFor('counting', await world.happen('a', added(1)), PATIENCE_MS);
    expect(await samplesOf(registry)).toMatchObject({
      'cebe_projection_lag_ms{projection="counting"}': 0,
      'cebe_projection_lag_events{projection="counting"}': 0,
      'cebe_projection_blocked{projection="counting"}': 0,
      'cebe_projection_state{projection="counting",state="live"}': 1,
      'cebe_projection_state{projection="counting",state="failing"}': 0,
    });
    await runner.waitFor('counting', await world.happen('a', added(2, { poison: true })), PATIENCE_MS);
    expect(await samplesOf(registry)).toMatchObject({ 'cebe_projection_blocked{projection="counting"}': 1 });
    await runner.stop();
    await world.happen('a', added(3), added(4));
    world.advance(60_000);
    const behind = await samplesOf(registry);
    expect(behind).toMatchObject({
      'cebe_projection_lag_events{projection="counting"}': 2,
      'cebe_projection_state{projection="counting",state="live"}': 0,
      'cebe_projection_state{projection="counting",state="standby"}': 1,
    });
    expect(behind['cebe_projection_lag_ms{projection="counting"}']).toBeGreaterThanOrEqual(60_000);
  });

  it('are left out, and nothing else is, while the log cannot be asked', async () => {
    const registry = new Registry();
    observeProjections(registry, { status: () => Promise.reject(new Error('away')) });
    expect(await samplesOf(registry)).toEqual({});
  });
});
