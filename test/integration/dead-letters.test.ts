import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createProjectionDeadLetters } from '../../commands/dead-letters/projection-dead-letters.js';
import type { DeadLetter } from '../../contracts/read-models/dead-letters.port.js';
import { added, countingProjection } from '../support/counting.js';
import { PATIENCE_MS } from '../support/patience.js';
import { openRunnerWorld, type RunnerWorld } from '../support/runner-world.js';

let world: RunnerWorld;
beforeEach(async () => {
  world = await openRunnerWorld();
});
afterEach(() => world.close());

describe('dead letters of projections', () => {
  it('are read one by one as they are listed, in their own workspace only', async () => {
    const runner = await world.run([{ projection: countingProjection({ on: true }) }]);
    const poison = added(1, { poison: true });
    await world.happen('a', poison);
    await runner.waitFor('counting', await world.happen('b', poison), PATIENCE_MS);
    const letters = createProjectionDeadLetters(runner.deadLetters);
    const listed = (await letters.list('w1', { limit: 10 })).letters;
    expect(listed.map(({ reference }) => reference['key'])).toEqual(['w1/a', 'w1/b']);
    const get = (workspace: string, { id }: DeadLetter) => letters.get(workspace, id.slice('projection:'.length));
    for (const letter of listed) {
      expect(await get('w1', letter)).toEqual(letter);
      await expect(get('w2', letter)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});
