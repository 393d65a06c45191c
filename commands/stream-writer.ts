import { LRUCache } from 'lru-cache';
import type { ErrorCode } from '../contracts/error-catalogue.js';
import { isEngineError } from '../contracts/errors.js';
import type { NewEvent } from '../contracts/events/event.js';
import type { EventStore, StoredAt } from '../stores/event-store/event-store.port.js';

interface Head {
  /** The last revision known to be stored. */
  confirmed: bigint;
  /** Up to here others may have written; what stands behind it was appended at exact revisions by this writer. */
  others: bigint;
}

/** Appends to many streams without reading each first, keeping the order of calls within a stream. */
export interface StreamWriter {
  /** Revisions known to be at or below each stream's head (-1n: none); reads those that are not cached. */
  heads(streams: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /** Says that a stream cannot exist yet, which spares the reading. */
  assumeNew(stream: string): void;
  /**
   * Appends events whose ids are stored nowhere before `after`. Optimistic: at the cached head, as long as nobody else can have written
   * behind `after`, who may have stored an id meanwhile; otherwise, and when it is refused, `appendOnce` from `after`. Throws `event_id_taken` when another stream holds one of the ids.
   */
  append(stream: string, after: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]>;
  /** Appends events that may be stored behind `after` already, or that somebody else may be storing now: what was stored is looked at. */
  appendOnce(stream: string, after: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]>;
}

/** A call of `append` whose stream is being appended to. */
interface Waiting {
  readonly after: bigint;
  readonly events: readonly NewEvent[];
  readonly resolve: (stored: readonly StoredAt[]) => void;
  readonly reject: (error: unknown) => void;
}

/** So many events of calls that wait for the same stream go into it together. */
const EVENTS_TOGETHER = 64;

/** What an append is refused with of which nothing was stored. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['wrong_expected_revision', 'event_id_taken', 'invalid_input']);

/** A writer that caches the heads of the streams it wrote last. */
export function createStreamWriter(options: { readonly eventStore: EventStore; readonly cachedStreams: number }): StreamWriter {
  const { eventStore } = options;
  const cache = new LRUCache<string, Head>({ max: options.cachedStreams });

  const settle = (stream: string, revision: bigint, by: 'this_writer' | 'anyone'): void => {
    const head = cache.get(stream);
    if (head === undefined) cache.set(stream, { confirmed: revision, others: revision });
    else {
      if (revision > head.confirmed) head.confirmed = revision;
      if (by === 'anyone' && revision > head.others) head.others = revision;
    }
  };

  const appendOnce = async (stream: string, after: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]> => {
    cache.delete(stream);
    const stored = await eventStore.appendOnce(stream, after, events);
    for (const { revision } of stored) settle(stream, revision, 'anyone');
    return stored;
  };

  /** Ids that another process stored at the same head: the log then answers both as if they had. Its copy was received at another time, or sealed by itself. */
  const storedByOthers = async (
    stream: string,
    events: readonly NewEvent[],
    stored: readonly StoredAt[],
  ): Promise<ReadonlySet<string>> => {
    const fresh = stored.flatMap(({ revision, duplicate }) => (duplicate ? [] : [revision]));
    const [first] = fresh;
    const theirs = new Set<string>();
    if (first === undefined) return theirs;
    const sent = new Map(events.map((event) => [event.id, JSON.stringify([event.metadata, event.data])]));
    for await (const { id, metadata, data } of eventStore.readStream(stream, { from: first, limit: fresh.length }))
      if (sent.has(id) && sent.get(id) !== JSON.stringify([metadata, data])) theirs.add(id);
    return theirs;
  };

  const readHeads = async (streams: readonly string[]): Promise<void> => {
    for (const [stream, revision] of await eventStore.streamHeads(streams))
      if (!cache.has(stream)) settle(stream, revision, 'anyone');
  };

  const appendExactly = async (stream: string, head: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]> => {
    const last = await eventStore.append(stream, head === -1n ? 'no_stream' : head, events);
    settle(stream, last.revision, 'this_writer');
    return events.map(({ id }, index) => {
      const back = BigInt(events.length - 1 - index);
      return { id, revision: last.revision - back, position: last.position, duplicate: false };
    });
  };

  const appendAtHead = async (stream: string, after: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]> => {
    if (!cache.has(stream)) await readHeads([stream]);
    const { confirmed, others } = cache.get(stream) ?? { confirmed: -1n, others: -1n };
    if (others > after) return appendOnce(stream, after, events);
    try {
      return await appendExactly(stream, confirmed, events);
    } catch (error) {
      cache.delete(stream);
      if (isEngineError(error, 'wrong_expected_revision')) return appendOnce(stream, after, events);
      throw error;
    }
  };

  /** False when nothing was stored, and each call is to find its own place. */
  const storedTogether = async (stream: string, calls: readonly Waiting[]): Promise<boolean> => {
    const { confirmed, others } = cache.get(stream) ?? { confirmed: -1n, others: null };
    if (others === null || calls.some(({ after }) => others > after)) return false;
    try {
      const stored = await appendExactly(
        stream,
        confirmed,
        calls.flatMap(({ events }) => events),
      );
      let next = 0;
      for (const { events, resolve } of calls) resolve(stored.slice(next, (next += events.length)));
      return true;
    } catch (error) {
      cache.delete(stream);
      if (isEngineError(error) && REFUSALS.has(error.code)) return false;
      for (const { reject } of calls) reject(error);
      return true;
    }
  };

  const waiting = new Map<string, Waiting[]>();

  /**
   * One append to a stream at a time, each at a head that is stored: sent at the head that another one is yet to make, it would be stored when
   * that one fails and another process has meanwhile stored its events there. What came meanwhile is then appended together.
   */
  const work = async (stream: string, first: Waiting, queue: Waiting[]): Promise<void> => {
    for (let calls = [first]; calls.length > 0; calls = takeTogether(queue)) {
      if (calls.length > 1 && (await storedTogether(stream, calls))) continue;
      for (const { after, events, resolve, reject } of calls) await appendAtHead(stream, after, events).then(resolve, reject);
    }
    waiting.delete(stream);
  };

  return {
    async heads(streams) {
      const unknown = streams.filter((stream) => !cache.has(stream));
      if (unknown.length > 0) await readHeads(unknown);
      return new Map(streams.map((stream) => [stream, cache.get(stream)?.confirmed ?? -1n]));
    },
    assumeNew(stream) {
      if (!cache.has(stream)) cache.set(stream, { confirmed: -1n, others: -1n });
    },
    append: (stream, after, events) =>
      new Promise((resolve, reject) => {
        const call = { after, events, resolve, reject };
        const queue = waiting.get(stream);
        if (queue !== undefined) queue.push(call);
        else {
          const behind: Waiting[] = [];
          waiting.set(stream, behind);
          void work(stream, call, behind);
        }
      }),
    async appendOnce(stream, after, events) {
      const stored = await appendOnce(stream, after, events);
      const theirs = await storedByOthers(stream, events, stored);
      return theirs.size === 0 ? stored : stored.map((at) => (theirs.has(at.id) ? { ...at, duplicate: true } : at));
    },
  };
}

function takeTogether(queue: Waiting[]): Waiting[] {
  let events = 0;
  let count = 0;
  for (const call of queue) {
    events += call.events.length;
    if (count > 0 && events > EVENTS_TOGETHER) break;
    count += 1;
  }
  return queue.splice(0, count);
}
