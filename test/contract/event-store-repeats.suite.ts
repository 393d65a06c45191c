import { describe, expect, it } from '@jest/globals';
import { collect, idsOf, newEvent, newEvents } from '../support/new-events.js';
import type { StoreUnderTest } from './event-store-under-test.js';

/** What a repeated append does. */
export function describeRepeats({ store, newStream, restart }: StoreUnderTest): void {
  describe('repeating an append', () => {
    it('answers where the events stand when the ids and the expected revision are the same', async () => {
      const stream = newStream();
      const events = newEvents(3);
      const first = await store().append(stream, 'no_stream', events);
      expect(await store().append(stream, 'no_stream', events)).toEqual(first);
      expect((await store().streamHeads([stream])).get(stream)).toBe(2n);
    });

    it('does so after others appended behind it', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', [newEvent()]);
      const events = newEvents(2);
      const first = await store().append(stream, 0n, events);
      await store().append(stream, 2n, newEvents(3));
      expect(await store().append(stream, 0n, events)).toEqual(first);
      expect((await store().streamHeads([stream])).get(stream)).toBe(5n);
    });

    it('does so after a restart', async () => {
      const stream = newStream();
      const events = newEvents(2);
      const first = await store().append(stream, 'no_stream', events);
      await store().append(stream, 1n, [newEvent()]);
      await restart();
      expect(await store().append(stream, 'no_stream', events)).toEqual(first);
      expect((await store().streamHeads([stream])).get(stream)).toBe(2n);
    });

    it('refuses other ids at a revision that was passed', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', newEvents(2));
      await expect(store().append(stream, 'no_stream', newEvents(2))).rejects.toMatchObject({ code: 'wrong_expected_revision' });
      await expect(store().append(stream, 0n, [newEvent()])).rejects.toMatchObject({ code: 'wrong_expected_revision' });
    });

    it('refuses a longer append that begins with stored ids, and writes nothing of it', async () => {
      const stream = newStream();
      const events = newEvents(2);
      await store().append(stream, 'no_stream', events);
      await expect(store().append(stream, 'no_stream', [...events, newEvent()])).rejects.toMatchObject({
        code: 'wrong_expected_revision',
      });
      expect(idsOf(await collect(store().readStream(stream)))).toEqual(idsOf(events));
    });
  });

  describe('appending once', () => {
    it('appends what is new and answers one entry an event', async () => {
      const stream = newStream();
      const events = newEvents(3);
      const answer = await store().appendOnce(stream, -1n, events);
      const stored = await collect(store().readStream(stream));
      expect(answer).toEqual(stored.map(({ id, revision, position }) => ({ id, revision, position, duplicate: false })));
      expect(idsOf(stored)).toEqual(idsOf(events));
    });

    it('answers where the events stand the second time, also after a restart', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', newEvents(2));
      const events = newEvents(2);
      const first = await store().appendOnce(stream, 1n, events);
      await store().append(stream, 3n, newEvents(2));
      const again = first.map((entry) => ({ ...entry, duplicate: true }));
      expect(await store().appendOnce(stream, 1n, events)).toEqual(again);
      await restart();
      expect(await store().appendOnce(stream, -1n, events)).toEqual(again);
      expect((await store().streamHeads([stream])).get(stream)).toBe(5n);
    });

    it('leaves out what is stored and appends the rest behind the head, answering in the given order', async () => {
      const stream = newStream();
      const [first, second, third, fourth] = [newEvent(), newEvent(), newEvent(), newEvent()];
      await store().append(stream, 'no_stream', [first, second]);
      const answer = await store().appendOnce(stream, -1n, [third, second, fourth]);
      expect(answer.map(({ id, revision, duplicate }) => ({ id, revision, duplicate }))).toEqual([
        { id: third.id, revision: 2n, duplicate: false },
        { id: second.id, revision: 1n, duplicate: true },
        { id: fourth.id, revision: 3n, duplicate: false },
      ]);
    });

    it('looks for ids only behind the given revision, and appends behind the head whatever that is', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', newEvents(600));
      const [entry] = await store().appendOnce(stream, 10n, [newEvent()]);
      expect(entry).toMatchObject({ revision: 600n, duplicate: false });
    });

    it('stores each event once when many append the same ones at once', async () => {
      const stream = newStream();
      const events = newEvents(12);
      const answers = await Promise.all(
        Array.from({ length: 16 }, (_, caller) =>
          store().appendOnce(stream, -1n, [...events.slice(caller % 12), ...events.slice(0, caller % 12)]),
        ),
      );
      const stored = await collect(store().readStream(stream));
      expect([...idsOf(stored)].sort()).toEqual([...idsOf(events)].sort());
      const places = new Map(stored.map((event) => [event.id, event.position]));
      for (const answer of answers) for (const entry of answer) expect(entry.position).toBe(places.get(entry.id));
      const fresh = answers.flat().filter((entry) => !entry.duplicate);
      expect(fresh).toHaveLength(events.length);
    });

    it('holds its own beside writers who append at exact revisions', async () => {
      const stream = newStream();
      const once = newEvents(20);
      const others = newEvents(20);
      const rival = async (): Promise<void> => {
        for (const event of others) {
          let head = (await store().streamHeads([stream])).get(stream) ?? -1n;
          while (!(await accepted(store().append(stream, head < 0n ? 'no_stream' : head, [event]))))
            head = (await store().streamHeads([stream])).get(stream) ?? -1n;
        }
      };
      await Promise.all([rival(), ...once.map((event) => store().appendOnce(stream, -1n, [event]))]);
      const stored = idsOf(await collect(store().readStream(stream)));
      expect([...stored].sort()).toEqual([...idsOf(once), ...idsOf(others)].sort());
      expect(stored.filter((id) => others.some((event) => event.id === id))).toEqual(idsOf(others));
    });
  });
}

async function accepted(append: Promise<unknown>): Promise<boolean> {
  const [outcome] = await Promise.allSettled([append]);
  return outcome.status === 'fulfilled';
}
