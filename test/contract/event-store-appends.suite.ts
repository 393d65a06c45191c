import { describe, expect, it } from '@jest/globals';
import { collect, idsOf, newEvent, newEvents } from '../support/new-events.js';
import type { StoreUnderTest } from './event-store-under-test.js';

/** Which expected revision an append is accepted at, and what a refused one leaves behind. */
export function describeAppends({ store, newStream }: StoreUnderTest): void {
  describe('appending', () => {
    it('begins a stream at no_stream and answers where the last event stands', async () => {
      const stream = newStream();
      const answer = await store().append(stream, 'no_stream', newEvents(3));
      const events = await collect(store().readStream(stream));
      expect(events.map((event) => event.revision)).toEqual([0n, 1n, 2n]);
      expect(answer).toEqual({ revision: 2n, position: events[2]?.position });
    });

    it.each([0n, 2n])('refuses revision %s for a stream that does not exist', async (expected) => {
      const stream = newStream();
      await expect(store().append(stream, expected, [newEvent()])).rejects.toMatchObject({
        code: 'wrong_expected_revision',
        details: { stream, expected, actual: -1n },
      });
      expect((await store().streamHeads([stream])).get(stream)).toBe(-1n);
    });

    it.each([
      ['no_stream', -1n],
      [0n, 0n],
      [1n, 1n],
      [3n, 3n],
    ] as const)('refuses %s for a stream that ends at revision 2, and says so', async (expected, told) => {
      const stream = newStream();
      const stored = newEvents(3);
      await store().append(stream, 'no_stream', stored);
      await expect(store().append(stream, expected, newEvents(2))).rejects.toMatchObject({
        code: 'wrong_expected_revision',
        details: { stream, expected: told, actual: 2n },
      });
      expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(stored));
    });

    it('goes on at exactly the last revision', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', newEvents(3));
      expect((await store().append(stream, 2n, newEvents(2))).revision).toBe(4n);
      expect((await store().append(stream, 4n, [newEvent()])).revision).toBe(5n);
    });

    it('lets exactly one of many writers at the same revision win', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', [newEvent()]);
      const outcomes = await Promise.allSettled(Array.from({ length: 16 }, () => store().append(stream, 0n, [newEvent()])));
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect((await store().streamHeads([stream])).get(stream)).toBe(1n);
    });

    it('stores the appends beside a refused one', async () => {
      const taken = newStream();
      await store().append(taken, 'no_stream', [newEvent()]);
      const streams = Array.from({ length: 9 }, () => newStream());
      const outcomes = await Promise.allSettled(
        [...streams.slice(0, 5), taken, ...streams.slice(5)].map((stream) => store().append(stream, 'no_stream', newEvents(2))),
      );
      expect(outcomes.map((outcome) => outcome.status === 'fulfilled')).toEqual(
        Array.from({ length: 10 }, (_, index) => index !== 5),
      );
      for (const stream of streams) expect((await store().streamHeads([stream])).get(stream)).toBe(1n);
    });

    it('keeps the events of one append one behind the other among many writers', async () => {
      const before = await store().head();
      const appends = Array.from({ length: 40 }, () => ({ stream: newStream(), events: newEvents(5) }));
      await Promise.all(appends.map(({ stream, events }) => store().append(stream, 'no_stream', events)));
      const order = idsOf(await collect(store().readAll({ after: before })));
      for (const { events } of appends) {
        const first = order.indexOf(events[0]?.id ?? '');
        expect(order.slice(first, first + 5)).toEqual(idsOf(events));
      }
    });

    it('answers positions that grow with each append', async () => {
      const first = await store().append(newStream(), 'no_stream', newEvents(2));
      const second = await store().append(newStream(), 'no_stream', [newEvent()]);
      expect(second.position > first.position).toBe(true);
      expect(await store().head()).toBe(second.position);
    });
  });
}
