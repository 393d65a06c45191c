import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTurns } from '../../commands/ingest/turns.js';

describe('turns', () => {
  it('never let more go on at once than there is room for, begin in order, and come to everyone', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sizes, async (scheduler, wanted) => {
        const turns = createTurns(10);
        const begun: number[] = [];
        const going = new Set<number>();
        const all = wanted.map((size, index) =>
          turns.take(size, async () => {
            begun.push(index);
            going.add(index);
            const sum = [...going].reduce((total, one) => total + (wanted[one] ?? 0), 0);
            expect(going.size === 1 || sum <= 10 || sum === size).toBe(true);
            await scheduler.schedule(Promise.resolve());
            going.delete(index);
            return index;
          }),
        );
        await scheduler.waitFor(Promise.all(all));
        expect(await Promise.all(all)).toEqual(wanted.map((_, index) => index));
        expect(begun).toEqual(wanted.map((_, index) => index));
      }),
    );
  });

  it('go on when work fails', async () => {
    const turns = createTurns(1);
    const failing = turns.take(1, () => Promise.reject(new Error('no')));
    const next = turns.take(1, () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});
