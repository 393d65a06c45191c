import { describe, expect, it } from '@jest/globals';
import { createProgress } from '../../../runtime/progress.js';

describe('progress', () => {
  it('tells those who wait as soon as their position is reached', async () => {
    const progress = createProgress(-1n);
    const waiting = [progress.reached(3n, 60_000), progress.reached(1n, 60_000)];
    progress.advance(1n);
    expect(await waiting[1]).toBe(true);
    progress.advance(5n);
    expect(await waiting[0]).toBe(true);
    expect(await progress.reached(5n, 0)).toBe(true);
  });

  it('gives up after the time that was granted', async () => {
    const progress = createProgress(0n);
    expect(await progress.reached(1n, 1)).toBe(false);
    expect(await progress.reached(1n, 0)).toBe(false);
  });

  it('never goes back', () => {
    const progress = createProgress(0n);
    progress.advance(7n);
    progress.advance(3n);
    expect(progress.position()).toBe(7n);
  });
});
