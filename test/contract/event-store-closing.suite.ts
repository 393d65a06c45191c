import { describe, expect, it } from '@jest/globals';
import { collect, newEvent, newEvents } from '../support/new-events.js';
import type { StoreUnderTest } from './event-store-under-test.js';

/** Closing and opening again. */
export function describeClosing({ store, newStream, restart }: StoreUnderTest): void {
  describe('closing', () => {
    it('waits for the appends under way', async () => {
      const stream = newStream();
      const append = store().append(stream, 'no_stream', newEvents(5));
      await restart();
      expect((await append).revision).toBe(4n);
      expect((await store().streamHeads([stream])).get(stream)).toBe(4n);
    });

    it('refuses what comes after it', async () => {
      const closed = store();
      await restart();
      await expect(closed.append(newStream(), 'no_stream', [newEvent()])).rejects.toMatchObject({ code: 'store_unavailable' });
      await expect(collect(closed.readStream(newStream()))).rejects.toMatchObject({ code: 'store_unavailable' });
    });

    it('may be done twice', async () => {
      const closed = store();
      await restart();
      await expect(closed.close()).resolves.toBeUndefined();
    });

    it('keeps the identity of the log', async () => {
      const { id } = store();
      await restart();
      expect(store().id).toBe(id);
      expect(id).not.toBe('');
    });
  });
}
