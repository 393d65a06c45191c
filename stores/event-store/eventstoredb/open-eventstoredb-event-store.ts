import { setMaxListeners } from 'node:events';
import type { Position } from '../../../contracts/events/event.js';
import type { EventStore } from '../event-store.port.js';
import { batchedIterable } from '../batched-iterable.js';
import { appendOnce } from './append-once.js';
import { createAppend } from './appends.js';
import { connect } from './connection.js';
import { LiveTail } from './live-tail.js';
import { TailSubscription } from './tail-subscription.js';
import { readAllEvents, readStreamEvents } from './event-reads.js';
import { createHeadCache } from './head-cache.js';
import { readEngineHead, readHead, readStreamPage } from './read-pages.js';
import { closedError, createSession, type Session, type Timings, usualTimings } from './session.js';
import { storeIdentity } from './store-identity.js';
import { createKeyedTurns } from '../../turns.js';

const HEADS = 100_000;

/** Where the server is, and what differs from the usual. */
export interface EventStoreDbOptions {
  /** `esdb://` or `esdb+discover://`, with all options of the client; it is never shown. */
  readonly connectionString: string;
  readonly timings?: Partial<Timings>;
  /** Absent: a log that holds part of a copy is refused (`copy_unfinished`). */
  readonly unfinishedCopy?: 'accepted';
  /** Told when a subscription loses the server, which it waits for by itself. */
  readonly onAway?: (reason: string) => void;
}

/** The log, and where it ends when what others write to the server counts too. */
export interface EventStoreDbEventStore extends EventStore {
  /** Never before `head()`. Positions behind it are of another log, or of a later state of this one. */
  end(): Promise<Position>;
}

/** Opens the log of an EventStoreDB; fails with `store_unavailable` when no server answers, `config_invalid` for what cannot be connected to. */
export async function openEventStoreDbEventStore(options: EventStoreDbOptions): Promise<EventStoreDbEventStore> {
  const connection = connect(options.connectionString);
  const closing = new AbortController();
  // Every wait and every subscription listens for the end.
  setMaxListeners(0, closing.signal);
  const timings = { ...usualTimings, ...options.timings };
  const session = createSession(connection.client, {
    address: connection.address,
    timings,
    closed: closing.signal,
    probe: readHead,
    onAway: options.onAway ?? (() => undefined),
  });
  const append = createAppend(session);
  try {
    return createStore({
      id: await storeIdentity(session, append, options.unfinishedCopy ?? 'refused'),
      session,
      append,
      disconnect: () => connection.release(),
      closing,
    });
  } catch (error) {
    await connection.release();
    throw error;
  }
}

interface Parts {
  readonly id: string;
  readonly session: Session;
  readonly append: ReturnType<typeof createAppend>;
  readonly closing: AbortController;
  readonly disconnect: () => Promise<void>;
}

function createStore({ id, session, append, closing, disconnect }: Parts): EventStoreDbEventStore {
  const heads = createHeadCache(HEADS);
  const tail = new LiveTail(session);
  const queues = createKeyedTurns();
  let refusing = false;

  /** In the order of the calls within a stream, beside each other across streams. */
  function inOrder<Result>(stream: string, work: () => Promise<Result>): Promise<Result> {
    if (refusing) throw closedError(session.address);
    return queues.run(stream, work);
  }

  async function headOf(stream: string): Promise<bigint> {
    const [last] = await readStreamPage(session, { stream, backwards: true, from: undefined, count: 1 });
    if (last === undefined) heads.forget(stream);
    else heads.set(stream, last.revision);
    return last?.revision ?? -1n;
  }

  async function close(): Promise<void> {
    refusing = true;
    await queues.drain();
    closing.abort();
    await disconnect();
  }

  let closed: Promise<void> | undefined;
  return {
    id,
    append: async (stream, expected, events) =>
      inOrder(stream, async () => {
        try {
          const result = await append(stream, expected, events);
          heads.set(stream, result.revision);
          return result;
        } catch (error) {
          // What was known of the stream may be no longer so.
          heads.forget(stream);
          throw error;
        }
      }),
    appendOnce: async (stream, after, events) =>
      inOrder(stream, () => appendOnce({ session, heads, append }, stream, { after, events })),
    readStream: (stream, read = {}) => readStreamEvents(session, stream, read),
    readAll: (read) => readAllEvents(session, read),
    subscribe: (subscribe) =>
      batchedIterable(
        () => new TailSubscription(session, tail, subscribe),
        () => subscribe.signal.aborted,
      ),
    head: () => readEngineHead(session),
    end: () => readHead(session),
    async streamHeads(streams) {
      const revisions = await Promise.all(streams.map(headOf));
      return new Map(streams.map((stream, index) => [stream, revisions[index] ?? -1n]));
    },
    close: () => (closed ??= close()),
  };
}
