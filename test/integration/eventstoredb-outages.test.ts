import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventStore, SubscriptionMessage } from '../../stores/event-store/event-store.port.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { startEventStoreDbStandIn, type EventStoreDbStandIn } from '../support/eventstoredb-stand-in/stand-in.js';
import { collect, eventsOf, idsOf, newEvent, newEvents, until } from '../support/new-events.js';

/** Calls are given up soon, but what came of them is looked for as long as it takes. */
const timings = { callMs: 3_000, outcomeMs: 60_000, quietMs: 0 };

let server: EventStoreDbStandIn;
let store: EventStore;
const newStream = (): string => `customer-w1.${randomUUID()}`;
const openWith = (different: Partial<typeof timings>): Promise<EventStore> =>
  openEventStoreDbEventStore({ connectionString: server.url, timings: { ...timings, ...different } });
const stored = async (stream: string): Promise<readonly string[]> => idsOf(await collect(store.readStream(stream)));

beforeEach(async () => {
  server = await startEventStoreDbStandIn();
  store = await openWith({});
});

afterEach(async () => {
  await store.close();
  await server.close();
});

describe('an append whose reply does not come', () => {
  it('is looked up and answered when it was stored, not sent again', async () => {
    const stream = newStream();
    const events = newEvents(3);
    const { appends } = await server.counts();
    await server.faults({ loseReplies: 1 });
    const answer = await store.append(stream, 'no_stream', events);
    expect((await server.counts()).appends).toBe(appends + 1);
    const there = await collect(store.readStream(stream));
    expect(idsOf(there)).toEqual(idsOf(events));
    expect(answer).toEqual({ revision: 2n, position: there[2]?.position });
  });

  it('is sent again at the same revision when it was not stored', async () => {
    const stream = newStream();
    await store.append(stream, 'no_stream', [newEvent()]);
    const events = newEvents(2);
    await server.faults({ hangAppends: 1 });
    expect(await store.append(stream, 0n, events)).toMatchObject({ revision: 2n });
    expect((await stored(stream)).slice(1)).toEqual(idsOf(events));
    expect((await server.counts()).exactOnly).toBe(true);
  });

  it('is refused when others stand at its revision by then', async () => {
    const stream = newStream();
    await server.faults({ slowMs: timings.callMs * 1.5 });
    const first = [newEvent()];
    await store.append(stream, 'no_stream', first);
    await server.faults({ slowMs: 0 });
    await expect(store.append(stream, 'no_stream', [newEvent()])).rejects.toMatchObject({ code: 'wrong_expected_revision' });
    expect(await stored(stream)).toEqual(idsOf(first));
  });

  it('is of unknown outcome, with the ids to look for, when the server stays silent; a repeat later settles it', async () => {
    const stream = newStream();
    const events = newEvents(2);
    const quick = await openWith({ outcomeMs: 500, quietMs: 600_000 });
    await server.faults({ silent: true });
    await expect(quick.append(stream, 'no_stream', events)).rejects.toMatchObject({
      code: 'append_outcome_unknown',
      details: { stream, event_ids: idsOf(events) },
    });
    await expect(collect(quick.readStream(stream))).rejects.toMatchObject({ code: 'store_timeout' });
    await server.faults({ silent: false });
    expect(await quick.append(stream, 'no_stream', events)).toMatchObject({ revision: 1n });
    expect(await stored(stream)).toEqual(idsOf(events));
    await quick.close();
  });

  it('is not waited for again by each of the many appends that wait for their turn behind others', async () => {
    const resigned = await openWith({ outcomeMs: 500, quietMs: 600_000 });
    await resigned.append(newStream(), 'no_stream', [newEvent()]);
    const { appends } = await server.counts();
    await server.faults({ silent: true });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, () => resigned.append(newStream(), 'no_stream', [newEvent()])),
    );
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (Reflect.get(Object(outcome.reason), 'code') as unknown) : 'stored',
    );
    expect(new Set(codes)).toEqual(new Set(['append_outcome_unknown', 'store_timeout']));
    expect(codes.filter((code) => code === 'append_outcome_unknown').length).toBeLessThan(50);
    expect((await server.counts()).appends - appends).toBeLessThan(50);
    await server.faults({ silent: false });
    await resigned.close();
  });

  it.each([
    [14, 'Server Is Not Ready'],
    [13, 'Received RST_STREAM with code 2'],
    [2, 'Something else'],
  ])('is settled when the connection ends it with code %d', async (code, details) => {
    const stream = newStream();
    const events = newEvents(2);
    await server.faults({ failAppends: 2, code, details });
    expect(await store.append(stream, 'no_stream', events)).toMatchObject({ revision: 1n });
    expect(await stored(stream)).toEqual(idsOf(events));
  });
});

describe('a server that goes away', () => {
  it('is named as unavailable before anything is sent, and used again when it is back', async () => {
    const stream = newStream();
    const events = newEvents(2);
    await server.kill();
    await expect(store.append(stream, 'no_stream', events)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(collect(store.readStream(stream))).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(openEventStoreDbEventStore({ connectionString: server.url })).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    await server.start();
    expect(await store.append(stream, 'no_stream', events)).toMatchObject({ revision: 1n });
    expect(await stored(stream)).toEqual(idsOf(events));
  });

  it('keeps what it acknowledged when it is killed under many writers', async () => {
    const acknowledged = new Map<string, string[]>();
    const before = await store.head();
    const resigned = await openWith({ outcomeMs: 500 });
    const ended = Promise.all(
      Array.from({ length: 16 }, async () => {
        const stream = newStream();
        const ids: string[] = [];
        acknowledged.set(stream, ids);
        for (let revision = -1n; ; revision += 1n) {
          const event = newEvent();
          const [outcome] = await Promise.allSettled([resigned.append(stream, revision < 0n ? 'no_stream' : revision, [event])]);
          if (outcome.status === 'rejected') return outcome.reason as unknown;
          ids.push(event.id);
        }
      }),
    );
    await collect(store.subscribe({ after: before, signal: new AbortController().signal }), 500);
    await server.kill();
    for (const reason of await ended)
      expect(['append_outcome_unknown', 'store_unavailable']).toContain(Reflect.get(Object(reason), 'code'));
    await server.start();
    for (const [stream, ids] of acknowledged) expect((await stored(stream)).slice(0, ids.length)).toEqual(ids);
    await resigned.close();
  });
});

describe('a subscription that the server ends', () => {
  /** Appends the events one by one, each when the one before was delivered, with `trouble` before each. */
  async function delivered(trouble: () => Promise<void>): Promise<readonly string[][]> {
    const before = await store.head();
    const events = newEvents(5);
    const rest = [...events];
    const stop = new AbortController();
    const messages: SubscriptionMessage[] = [];
    for await (const message of store.subscribe({ after: before, categories: ['customer'], signal: stop.signal })) {
      messages.push(message);
      const wanted = messages.length === 1 || message.kind === 'event';
      const next = wanted ? rest.shift() : undefined;
      if (message.kind === 'event' && message.event.id === events.at(-1)?.id) stop.abort();
      if (next === undefined) continue;
      await trouble();
      await store.append(newStream(), 'no_stream', [next]);
    }
    return [[...idsOf(events)], [...idsOf(eventsOf(messages))]];
  }

  it.each([
    [10, 'Operation timed out: Consumer too slow'],
    [13, 'Received RST_STREAM with code 2'],
    [14, 'Server Is Not Ready'],
  ])('with code %d goes on where it was, skipping and repeating nothing', async (code, details) => {
    const [expected, found] = await delivered(() => server.dropSubscriptions(code, details));
    expect(found).toEqual(expected);
  });

  it('by being killed goes on when it is back', async () => {
    const [expected, found] = await delivered(async () => {
      await server.kill();
      await server.start();
    });
    expect(found).toEqual(expected);
  });

  it('before it began is opened until it succeeds', async () => {
    await server.faults({ failReads: 4, code: 14, details: 'Server Is Not Ready' });
    const messages = await until(
      (signal) => store.subscribe({ after: -1n, categories: ['customer'], signal }),
      (message) => message.kind === 'caught_up',
    );
    expect(eventsOf(messages)).toEqual([]);
  });
});
