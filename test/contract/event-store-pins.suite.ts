import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { newEvent } from '../support/new-events.js';
import type { StoreUnderTest } from './event-store-under-test.js';

/** Pins: which stream an event id was meant for. */
export function describePins({ store, pins, newStream, restart }: StoreUnderTest): void {
  describe('pins', () => {
    it('are absent for ids that were never pinned', async () => {
      expect(await pins().lookUp([randomUUID(), randomUUID()])).toEqual(new Map());
    });

    it('answer the pin that was given where it was not pinned before', async () => {
      const pin = { event_id: randomUUID(), stream: newStream(), after: -1n, body_hash: 'h1' };
      const standing = await pins().pin([pin]);
      expect([...standing.keys()]).toEqual([pin.event_id]);
      expect(standing.get(pin.event_id)).toBe(pin);
    });

    it('take the first of several for one id, and nothing when none is given', async () => {
      const first = { event_id: randomUUID(), stream: newStream(), after: -1n };
      const standing = await pins().pin([first, { ...first, stream: newStream() }]);
      expect(standing.get(first.event_id)).toBe(first);
      expect(await pins().pin([])).toEqual(new Map());
      expect(await pins().lookUp([])).toEqual(new Map());
    });

    it('answer another object than the one given for an id that is pinned already, unless the log itself would refuse the id', async () => {
      const pin = { event_id: randomUUID(), stream: newStream(), after: -1n };
      await pins().pin([pin]);
      const again = { ...pin };
      const standing = (await pins().pin([again])).get(pin.event_id);
      expect(standing).toEqual(pin);
      if (standing !== again) return;
      const event = { ...newEvent(), id: pin.event_id };
      await store().append(pin.stream, 'no_stream', [event]);
      await expect(store().append(newStream(), 'no_stream', [event])).rejects.toMatchObject({ code: 'event_id_taken' });
    });

    it('are found in thousands', async () => {
      const stream = newStream();
      const many = Array.from({ length: 3_000 }, () => ({ event_id: randomUUID(), stream, after: -1n }));
      const events = many.map(({ event_id }) => ({ ...newEvent(), id: event_id }));
      await pins().pin(many);
      await store().append(stream, 'no_stream', events);
      const found = await pins().lookUp(many.map(({ event_id }) => event_id));
      expect([found.size, new Set([...found.values()].map((pin) => pin.stream))]).toEqual([3_000, new Set([stream])]);
    });

    it('lead to the stream of a stored event for ever, whatever a repeat says', async () => {
      const stream = newStream();
      const event = newEvent();
      const stored = { ...event, metadata: { ...event.metadata, body_hash: 'h1' } };
      await pins().pin([{ event_id: stored.id, stream, after: -1n, body_hash: 'h1' }]);
      await store().append(stream, 'no_stream', [stored]);
      await store().append(stream, 0n, [newEvent()]);
      await restart();
      const found = await pins().lookUp([randomUUID(), stored.id]);
      expect([...found.keys()]).toEqual([stored.id]);
      expect(found.get(stored.id)).toMatchObject({ stream, after: -1n, body_hash: 'h1' });
    });

    it('tell of a known id when it is pinned elsewhere, or the log does when it is appended there', async () => {
      const [stream, elsewhere] = [newStream(), newStream()];
      const event = newEvent();
      await pins().pin([{ event_id: event.id, stream, after: -1n }]);
      await store().append(stream, 'no_stream', [event]);
      const standing = (await pins().pin([{ event_id: event.id, stream: elsewhere, after: -1n }])).get(event.id);
      if (standing?.stream === stream) return;
      expect(standing?.stream).toBe(elsewhere);
      await expect(store().append(elsewhere, 'no_stream', [event])).rejects.toMatchObject({ code: 'event_id_taken' });
    });

    it('tell from where on to look for the event', async () => {
      const stream = newStream();
      const event = newEvent();
      await store().append(stream, 'no_stream', [newEvent()]);
      await pins().pin([{ event_id: event.id, stream, after: 0n }]);
      await store().append(stream, 0n, [event]);
      const pin = (await pins().lookUp([event.id])).get(event.id);
      expect(await store().appendOnce(stream, pin?.after ?? 99n, [event])).toMatchObject([{ revision: 1n, duplicate: true }]);
    });
  });
}
