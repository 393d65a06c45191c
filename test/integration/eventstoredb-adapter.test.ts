import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { JsonObject } from '../../contracts/json.js';
import type { EventStore, SubscriptionMessage } from '../../stores/event-store/event-store.port.js';
import { addressOf } from '../../stores/event-store/eventstoredb/connection.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { startEventStoreDbStandIn, type EventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { collect, idsOf, newEvent, newEvents } from '../support/new-events.js';

let server: EventStoreDbStandIn;
let store: EventStore;
const newStream = (): string => `customer-w1.${randomUUID()}`;

beforeAll(async () => {
  server = await startEventStoreDbStandIn();
  store = await openEventStoreDbEventStore({ connectionString: server.url });
});

afterAll(async () => {
  await store.close();
  await server.close();
});

describe('what an append is refused for before it is sent', () => {
  const body = (plain: unknown) => newEvent({ data: { plain: plain as JsonObject, hashes: {}, sealed: [] } });
  const circular: Record<string, unknown> = {};
  circular.self = circular;

  it.each([
    ['a number JSON cannot hold', [body({ amount: 1n })], 'invalid_input'],
    ['a body that holds itself', [body(circular)], 'invalid_input'],
    ['more than the server takes at once', [body({ text: 'x'.repeat(1_048_576) })], 'invalid_input'],
    ['an id that is no UUID', [newEvent({ id: 'one' })], 'invalid_input'],
    ['an id in upper case', [newEvent({ id: randomUUID().toUpperCase() })], 'invalid_input'],
    ['the nil id', [newEvent({ id: '00000000-0000-0000-0000-000000000000' })], 'invalid_input'],
    ['no events', [], 'invalid_input'],
  ])('%s', async (_, events, code) => {
    const { appends } = await server.counts();
    await expect(store.append(newStream(), 'no_stream', events)).rejects.toMatchObject({ code });
    expect((await server.counts()).appends).toBe(appends);
  });

  it('the same id twice', async () => {
    const event = newEvent();
    await expect(store.append(newStream(), 'no_stream', [event, event])).rejects.toMatchObject({ code: 'event_id_taken' });
  });

  it.each(['', '$all'])('the stream name %j', async (stream) => {
    await expect(store.append(stream, 'no_stream', [newEvent()])).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('heads', () => {
  it('are known, so that appending once behind them reads nothing first', async () => {
    const stream = newStream();
    await store.append(stream, 'no_stream', newEvents(3));
    const { reads } = await server.counts();
    expect(await store.appendOnce(stream, 2n, [newEvent()])).toMatchObject([{ revision: 3n, duplicate: false }]);
    expect(await store.appendOnce(stream, 3n, [newEvent()])).toMatchObject([{ revision: 4n, duplicate: false }]);
    expect((await server.counts()).reads).toBe(reads);
  });
});

describe('reading all', () => {
  it('leaves out what is not of the engine', async () => {
    const event = newEvent();
    await store.append(newStream(), 'no_stream', [event]);
    const streams = (await collect(store.readAll({ after: -1n }))).map(({ stream }) => stream);
    expect(streams.length).toBeGreaterThan(0);
    expect(streams.filter((stream) => !stream.startsWith('customer-'))).toEqual([]);
  });

  it('of categories gives up to a limit', async () => {
    const before = await store.head();
    const events = newEvents(20);
    await store.append(newStream(), 'no_stream', events);
    const first = await collect(store.readAll({ after: before, categories: ['customer'], limit: 7 }));
    expect(idsOf(first)).toEqual(idsOf(events).slice(0, 7));
  });
});

describe('a log that other programs write to, too,', () => {
  it('is followed past their events, and is caught up behind them for whoever begins later', async () => {
    const before = await store.head();
    const stopping = new AbortController();
    const open = () => store.subscribe({ after: before, signal: stopping.signal })[Symbol.asyncIterator]();
    const first = open();
    const seen: string[] = [];
    const until = async (messages: AsyncIterator<SubscriptionMessage>, kind: SubscriptionMessage['kind']): Promise<void> => {
      for (;;) {
        const next = await messages.next();
        if (next.done === true) throw new Error('expected the subscription to go on');
        if (next.value.kind === 'event') seen.push(next.value.event.stream);
        if (next.value.kind === kind) return;
      }
    };
    await until(first, 'caught_up');
    await store.append(`orders-${randomUUID()}`, 'no_stream', [newEvent()]);
    await until(first, 'checkpoint');
    const later = open();
    await until(later, 'caught_up');
    const stream = newStream();
    await store.append(stream, 'no_stream', [newEvent()]);
    for (const messages of [first, later]) await until(messages, 'event');
    expect(seen).toEqual([stream, stream]);
    stopping.abort();
    await Promise.all([first.return?.(), later.return?.()]);
  });
});

describe('a stream that somebody deleted', () => {
  it('reads as absent and begins again behind its last revision', async () => {
    const stream = newStream();
    await store.append(stream, 'no_stream', newEvents(3));
    await server.remove(stream, 'deleted');
    expect(await collect(store.readStream(stream))).toEqual([]);
    expect(await store.streamHeads([stream])).toEqual(new Map([[stream, -1n]]));
    await expect(store.append(stream, 1n, [newEvent()])).rejects.toMatchObject({
      code: 'wrong_expected_revision',
      details: { actual: 2n },
    });
    const event = newEvent();
    expect(await store.append(stream, 'no_stream', [event])).toMatchObject({ revision: 3n });
    expect(await store.append(stream, 'no_stream', [event])).toMatchObject({ revision: 3n });
    expect(await collect(store.readStream(stream))).toMatchObject([{ id: event.id, revision: 3n }]);
  });

  it('for ever is named as damage, in reads and appends', async () => {
    const stream = newStream();
    await store.append(stream, 'no_stream', newEvents(3));
    await server.remove(stream, 'tombstoned');
    await expect(collect(store.readStream(stream))).rejects.toMatchObject({ code: 'corrupt_event' });
    await expect(store.append(stream, 2n, [newEvent()])).rejects.toMatchObject({ code: 'corrupt_event' });
  });
});

describe('connecting', () => {
  it('is to one server a process', async () => {
    const elsewhere = openEventStoreDbEventStore({ connectionString: 'esdb://elsewhere:2113?tls=false' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is shared by the stores of a process, and outlives each of them', async () => {
    const second = await openEventStoreDbEventStore({ connectionString: server.url });
    expect(second.id).toBe(store.id);
    const pending = store.append(newStream(), 'no_stream', newEvents(2));
    await second.close();
    expect((await pending).revision).toBe(1n);
  });
});

describe('the password', () => {
  it.each([
    ['esdb://admin:pa:ss@wo/rd@db.internal:2113,b:2114?tls=true', 'esdb://db.internal:2113,b:2114'],
    ['esdb+discover://admin:secret@cluster/', 'esdb+discover://cluster'],
    ['esdb://localhost:2113', 'esdb://localhost:2113'],
    ['admin:secret', 'an EventStoreDB without an address'],
  ])('is no part of the address of %s', (connectionString, address) => {
    expect(addressOf(connectionString)).toBe(address);
  });

  it.each(['http://admin:s3cret@db:2113', 'esdb://admin:s3cret@db:port', 'esdb://admin:s3cret@db?throwOnAppendFailure=false'])(
    'is in nothing that an error of %s shows',
    async (connectionString) => {
      await store.close();
      const error: unknown = await openEventStoreDbEventStore({ connectionString }).catch((reason: unknown) => reason);
      store = await openEventStoreDbEventStore({ connectionString: server.url });
      expect(error).toMatchObject({ code: 'config_invalid' });
      expect(inspect(error, { depth: 9, showHidden: true }).replace(/\n\s+at .*/g, '')).not.toContain('s3cret');
    },
  );
});
