import { describe, expect, it } from '@jest/globals';
import type { StreamCategory } from '../../contracts/events/streams.js';
import type { AppendResult, SubscriptionMessage } from '../../stores/event-store/event-store.port.js';
import { collect, eventsOf, idsOf, newEvent, newEvents, positionOf, until } from '../support/new-events.js';
import type { StoreUnderTest } from './event-store-under-test.js';

interface Writing {
  /** The id of the event behind all others. */
  readonly last: string;
  readonly done: Promise<void>;
}

/** Subscriptions: everything, once, in order, from wherever they begin, however slowly they are read. */
export function describeSubscriptions({ store, newStream, restart }: StoreUnderTest): void {
  function subscription(after: bigint, categories?: readonly StreamCategory[]) {
    return (signal: AbortSignal) => store().subscribe({ after, signal, ...(categories !== undefined && { categories }) });
  }

  const received = (id: string) => (message: SubscriptionMessage) => message.kind === 'event' && message.event.id === id;

  /** Writes from many callers at once; the event `last` is appended behind all others. */
  function writeALot(writers: number, appends: number): Writing {
    const last = newEvent();
    const write = async (): Promise<void> => {
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          const stream = newStream(writer % 3 === 0 ? 'segment' : 'customer');
          for (let append = 0; append < appends; append += 1) {
            const head = BigInt(append * 2) - 1n;
            await store().append(stream, head < 0n ? 'no_stream' : head, newEvents(2));
          }
        }),
      );
      await store().append(newStream(), 'no_stream', [last]);
    };
    return { last: last.id, done: write() };
  }

  /** Reads up to the last event, which may be delivered before its writer has the answer. */
  async function lastOf({ last, done }: Writing, after: bigint, categories?: readonly StreamCategory[]) {
    const messages = await until(subscription(after, categories), received(last));
    await done;
    return messages;
  }

  describe('subscribing', () => {
    it('delivers what is stored, says that it has caught up, and goes on live', async () => {
      const before = await store().head();
      const stored = newEvents(3);
      const live = newEvent();
      await store().append(newStream(), 'no_stream', stored);
      const messages: SubscriptionMessage[] = [];
      const stop = new AbortController();
      for await (const message of store().subscribe({ after: before, signal: stop.signal })) {
        messages.push(message);
        if (message.kind === 'caught_up' && eventsOf(messages).length === 3)
          await store().append(newStream(), 'no_stream', [live]);
        if (received(live.id)(message)) stop.abort();
      }
      expect(idsOf(eventsOf(messages))).toEqual([...idsOf(stored), live.id]);
    });

    it('says that it has caught up when nothing is stored behind its start', async () => {
      const head = await store().head();
      const messages = await until(subscription(head), (message) => message.kind === 'caught_up');
      expect(eventsOf(messages)).toEqual([]);
    });

    it('skips nothing and repeats nothing under 16 writers, for several subscribers that begin at different times', async () => {
      const before = await store().head();
      const write = writeALot(16, 60);
      const early = lastOf(write, before);
      await store().append(newStream(), 'no_stream', [newEvent()]);
      const middle = await store().head();
      const [first, second] = await Promise.all([early, lastOf(write, middle)]);
      const third = await lastOf(write, before);
      const all = await collect(store().readAll({ after: before }));
      for (const messages of [first, third]) expect(eventsOf(messages)).toEqual(all);
      expect(eventsOf(second)).toEqual(all.filter((event) => event.position > middle));
    });

    it('says positions that never fall, also between the events', async () => {
      const before = await store().head();
      const messages = await lastOf(writeALot(8, 30), before, ['customer']);
      const positions = messages.map(positionOf);
      for (const [index, position] of positions.slice(1).entries()) expect(position >= (positions[index] ?? 0n)).toBe(true);
    });

    it('may be resumed behind whatever position it said, also after a restart', async () => {
      const before = await store().head();
      const messages = await lastOf(writeALot(4, 5), before, ['customer']);
      await restart();
      const all = eventsOf(messages);
      const last = all.at(-1)?.id ?? '';
      for (const after of new Set(messages.slice(0, -1).map(positionOf))) {
        const rest = await until(subscription(after, ['customer']), received(last));
        expect(eventsOf(rest)).toEqual(all.filter((event) => event.position > after));
      }
    });
  });

  describe('subscribing to categories', () => {
    it('delivers only those, and says how far the skipped events go', async () => {
      const before = await store().head();
      await store().append(newStream('segment'), 'no_stream', newEvents(2));
      const { position } = await store().append(newStream('customer'), 'no_stream', newEvents(700));
      const stored = await until(subscription(before, ['segment']), (message) => positionOf(message) >= position);
      expect(eventsOf(stored)).toHaveLength(2);
      expect(stored.some((message) => message.kind !== 'event' && message.position >= position)).toBe(true);
    });

    it('says so live too', async () => {
      const head = await store().head();
      let appended: Promise<AppendResult> | undefined;
      const messages = await until(subscription(head, ['template']), (message) => {
        if (message.kind === 'caught_up') appended ??= store().append(newStream('customer'), 'no_stream', [newEvent()]);
        return message.kind !== 'event' && message.position > head;
      });
      expect(eventsOf(messages)).toEqual([]);
      expect(positionOf(messages.at(-1) ?? { kind: 'caught_up', position: -1n })).toBe((await appended)?.position);
    });

    it('delivers under 16 writers what reading the categories gives', async () => {
      const before = await store().head();
      const messages = await lastOf(writeALot(16, 40), before, ['customer', 'template']);
      expect(eventsOf(messages)).toEqual(await collect(store().readAll({ after: before, categories: ['customer', 'template'] })));
    });
  });

  describe('a slow subscriber', () => {
    it('holds nobody up and misses nothing', async () => {
      const before = await store().head();
      const seen: string[] = [];
      const last = newEvent();
      const stop = new AbortController();
      let proceed: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (proceed = resolve));
      const reading = (async () => {
        for await (const message of store().subscribe({ after: before, signal: stop.signal })) {
          if (message.kind === 'event') seen.push(message.event.id);
          if (seen.length === 1) await gate;
          if (seen.length % 50 === 0) await new Promise(setImmediate);
          if (received(last.id)(message)) stop.abort();
        }
      })();
      await store().append(newStream(), 'no_stream', [newEvent()]);
      for (let append = 0; append < 120; append += 1) await store().append(newStream(), 'no_stream', newEvents(100));
      await store().append(newStream(), 'no_stream', [last]);
      proceed();
      await reading;
      expect(seen).toEqual(idsOf(await collect(store().readAll({ after: before }))));
    });
  });

  describe('ending a subscription', () => {
    it('ends without an error when it is aborted, whether it waits or not', async () => {
      const waiting = new AbortController();
      const head = await store().head();
      const messages = [];
      for await (const message of store().subscribe({ after: head, signal: waiting.signal })) {
        messages.push(message);
        setImmediate(() => {
          waiting.abort();
        });
      }
      expect(messages.length).toBeGreaterThan(0);
      expect(await collect(store().subscribe({ after: head, signal: AbortSignal.abort() }))).toEqual([]);
    });

    it('may be left at any message', async () => {
      const before = await store().head();
      await store().append(newStream(), 'no_stream', newEvents(10));
      const some = await collect(store().subscribe({ after: before, signal: new AbortController().signal }), 4);
      expect(some).toHaveLength(4);
    });
  });
}
