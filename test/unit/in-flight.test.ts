import { describe, expect, it } from '@jest/globals';
import { createInFlight } from '../../commands/ingest/in-flight.js';

describe('ids in flight', () => {
  it('are decided one request after the other when requests share an id, in the order in which they came', async () => {
    const inFlight = createInFlight();
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise(setImmediate);
      order.push(`${name} ends`);
    };
    await Promise.all([
      inFlight.during(['1', '2'], work('first')),
      inFlight.during(['2', '3'], work('second')),
      inFlight.during(['3', '1'], work('third')),
    ]);
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
  });

  it('do not hold up requests without a common id, and are let go of after a failure', async () => {
    const inFlight = createInFlight();
    const failed = inFlight.during(['1'], () => Promise.reject(new Error('the store is away')));
    const waiting = inFlight.during(['1'], () => Promise.resolve('decided'));
    await expect(inFlight.during(['2'], () => Promise.resolve('at once'))).resolves.toBe('at once');
    await expect(failed).rejects.toThrow('the store is away');
    await expect(waiting).resolves.toBe('decided');
  });
});
