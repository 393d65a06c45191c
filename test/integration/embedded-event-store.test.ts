import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { BEFORE_FIRST, type NewEvent } from '../../contracts/events/event.js';
import { checkIntegrity } from '../../stores/event-store/embedded/check-integrity.js';
import { openEmbeddedEventStore, type OpenedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { embeddedEventStorePlace, type EmbeddedEventStorePlace } from '../support/embedded-event-store-place.js';
import { collect, eventsOf, idsOf, newEvent, newEvents } from '../support/new-events.js';

let place: EmbeddedEventStorePlace;
let opened: OpenedEventStore;

beforeEach(async () => {
  place = await embeddedEventStorePlace();
  opened = await place.open();
});

afterEach(async () => {
  await opened.store.close();
  await place.dispose();
});

async function reopen(segmentEvents?: number): Promise<void> {
  await opened.store.close();
  opened = await openEmbeddedEventStore({ file: place.file, ...(segmentEvents !== undefined && { segmentEvents }) });
}

describe('event ids', () => {
  it('are refused when another stream, or another place of the stream, holds them', async () => {
    const event = newEvent();
    await opened.store.append('customer-w1.a', 'no_stream', [event, newEvent()]);
    const taken = {
      code: 'event_id_taken',
      details: { event_id: event.id, stream: 'customer-w1.a', revision: 0n, position: 0n },
    };
    await expect(opened.store.append('customer-w1.b', 'no_stream', [newEvent(), event])).rejects.toMatchObject(taken);
    await expect(opened.store.append('customer-w1.a', 1n, [event])).rejects.toMatchObject(taken);
    await expect(opened.store.appendOnce('customer-w1.b', -1n, [newEvent(), event])).rejects.toMatchObject(taken);
    await expect(opened.store.appendOnce('customer-w1.a', 0n, [event])).rejects.toMatchObject(taken);
    expect((await opened.store.streamHeads(['customer-w1.b'])).get('customer-w1.b')).toBe(-1n);
    expect(await opened.store.head()).toBe(1n);
  });

  it('are refused when an append names one twice', async () => {
    const event = newEvent();
    await expect(opened.store.append('customer-w1.a', 'no_stream', [event, event])).rejects.toMatchObject({
      code: 'event_id_taken',
    });
    expect(await opened.store.head()).toBe(BEFORE_FIRST);
  });

  it('must be lower-case UUIDs', async () => {
    for (const id of ['', 'x', newEvent().id.toUpperCase(), `${newEvent().id}0`]) {
      await expect(opened.store.append('customer-w1.a', 'no_stream', [newEvent({ id })])).rejects.toMatchObject({
        code: 'invalid_input',
      });
    }
    expect(await opened.pins.lookUp(['', 'x'])).toEqual(new Map());
  });
});

describe('a group of appends', () => {
  it('is decided one by one: each refusal costs its neighbours nothing', async () => {
    const { store } = opened;
    const twice = newEvent();
    const same = newEvents(2);
    const outcomes = await Promise.allSettled([
      store.append('customer-w1.a', 'no_stream', [twice]),
      store.append('customer-w1.b', 'no_stream', [newEvent(), twice]),
      store.append('customer-w1.c', 'no_stream', same),
      store.append('customer-w1.c', 'no_stream', same),
      store.append('customer-w1.c', 'no_stream', [newEvent()]),
      store.append('customer-w1.c', 1n, [newEvent()]),
      store.append('', 'no_stream', [newEvent()]),
      store.append('customer-w1.d', 'no_stream', []),
      store.append('customer-w1.d', 'no_stream', [unserialisable()]),
      store.append('customer-w1.b', 'no_stream', [newEvent()]),
      store.appendOnce('customer-w1.c', -1n, [newEvent(), ...same]),
    ]);
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'stored' : (outcome.reason as { code: string }).code)),
    ).toEqual([
      'stored',
      'event_id_taken',
      'stored',
      'stored',
      'wrong_expected_revision',
      'stored',
      'invalid_input',
      'invalid_input',
      'invalid_input',
      'stored',
      'stored',
    ]);
    const all = await collect(store.readAll({ after: BEFORE_FIRST }));
    expect(all.map((event) => `${event.stream.slice(-1)}${String(event.revision)}`)).toEqual([
      'a0',
      'c0',
      'c1',
      'c2',
      'b0',
      'c3',
    ]);
    expect(all.map((event) => event.position)).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
    expect((await checkIntegrity(place.file, { depth: 'deep' })).problems).toEqual([]);
  });

  it('refuses the same ids in another order', async () => {
    const [first, second] = [newEvent(), newEvent()];
    await opened.store.append('customer-w1.a', 'no_stream', [first, second]);
    await expect(opened.store.append('customer-w1.a', 'no_stream', [second, first])).rejects.toMatchObject({
      code: 'wrong_expected_revision',
    });
  });
});

describe('lookup tables that follow behind the log', () => {
  it('answer as the tail in memory did, on both sides of the border and after a restart', async () => {
    await reopen(64);
    const streams = Array.from({ length: 40 }, (_, index) => `${index % 4 === 0 ? 'segment' : 'customer'}-w1.${String(index)}`);
    const appended: { stream: string; events: readonly NewEvent[]; at: bigint }[] = [];
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(
        streams.slice(0, 10 + round).map(async (stream) => {
          const at = appended.filter((append) => append.stream === stream).reduce((sum, append) => sum + append.events.length, 0);
          const events = newEvents(1 + (round % 2));
          appended.push({ stream, events, at: BigInt(at) - 1n });
          await opened.store.append(stream, at === 0 ? 'no_stream' : BigInt(at) - 1n, events);
        }),
      );
    }
    for (const segmentEvents of [undefined, 64, 1]) {
      const all = await collect(opened.store.readAll({ after: BEFORE_FIRST }));
      for (const stream of streams) {
        const expected = all.filter((event) => event.stream === stream);
        expect(await collect(opened.store.readStream(stream))).toEqual(expected);
        expect(await collect(opened.store.readStream(stream, { direction: 'backwards' }))).toEqual([...expected].reverse());
        expect(await collect(opened.store.readStream(stream, { from: 3n, limit: 5 }))).toEqual(expected.slice(3, 8));
        expect((await opened.store.streamHeads([stream])).get(stream)).toBe(BigInt(expected.length) - 1n);
      }
      const pins = await opened.pins.lookUp(idsOf(all));
      for (const event of all)
        expect(pins.get(event.id)).toEqual({ event_id: event.id, stream: event.stream, after: event.revision - 1n });
      for (const { stream, events, at } of appended) {
        const { revision } = await opened.store.append(stream, at < 0n ? 'no_stream' : at, events);
        expect(revision).toBe(at + BigInt(events.length));
      }
      expect(await opened.store.head()).toBe(BigInt(all.length) - 1n);
      expect((await checkIntegrity(place.file, { depth: 'deep' })).problems).toEqual([]);
      await reopen(segmentEvents);
      await opened.store.appendOnce('customer-w1.more', -1n, newEvents(30));
      await opened.store.appendOnce('customer-w1.more', -1n, newEvents(30));
    }
  });
});

describe('a subscriber that fell out of memory', () => {
  it('reads on from the log, says again that it has caught up, and is live again', async () => {
    const stop = new AbortController();
    const large = { plain: { text: 'x'.repeat(40_000) }, hashes: {}, sealed: [] };
    const messages = [];
    let step = 0;
    for await (const message of opened.store.subscribe({ after: BEFORE_FIRST, signal: stop.signal })) {
      messages.push(message);
      if (message.kind === 'caught_up') {
        step += 1;
        if (step === 1) {
          for (let append = 0; append < 30; append += 1) {
            await opened.store.append(
              `customer-w1.${String(append)}`,
              'no_stream',
              Array.from({ length: 10 }, () => newEvent({ data: large })),
            );
          }
        }
        if (step === 2) await opened.store.append('customer-w1.last', 'no_stream', [newEvent()]);
      }
      if (message.kind === 'event' && message.event.stream === 'customer-w1.last') stop.abort();
    }
    expect(step).toBe(2);
    expect(eventsOf(messages)).toEqual(await collect(opened.store.readAll({ after: BEFORE_FIRST })));
  });
});

describe('opening and closing', () => {
  it('begins empty and leaves no journal behind', async () => {
    expect(await opened.store.head()).toBe(BEFORE_FIRST);
    await opened.store.append('customer-w1.a', 'no_stream', newEvents(3));
    await opened.store.close();
    expect(existsSync(`${place.file}-wal`)).toBe(false);
    await reopen();
    expect(await collect(opened.store.readAll({ after: BEFORE_FIRST }))).toHaveLength(3);
  });

  it('ends a subscription that was not aborted with store_unavailable', async () => {
    const reading = collect(opened.store.subscribe({ after: BEFORE_FIRST, signal: new AbortController().signal }));
    const ended = expect(reading).rejects.toMatchObject({ code: 'store_unavailable' });
    await opened.store.head();
    await opened.store.close();
    await ended;
  });

  it.each([
    ['a newer log', 'PRAGMA user_version = 2'],
    ['a database of something else', 'PRAGMA application_id = 1'],
  ])('refuses %s', async (_, sql) => {
    await opened.store.close();
    const db = new DatabaseSync(place.file);
    db.exec(sql);
    db.close();
    await expect(place.open()).rejects.toMatchObject({ code: 'store_format_unsupported', details: { file: place.file } });
    expect((await checkIntegrity(place.file, { depth: 'quick' })).problems).toHaveLength(1);
  });
});

/** Something the type forbids and a careless caller sends all the same. */
function unserialisable(): NewEvent {
  const event = newEvent();
  Object.assign(event.data.plain, { count: 1n });
  return event;
}
