import type { RecordedEvent } from '../../../contracts/events/event.js';
import type { ReadAllOptions, ReadStreamOptions } from '../event-store.port.js';
import { batchedIterable, type BatchSource } from '../batched-iterable.js';
import { fromPortable } from './log-errors.js';
import type { ReadClient } from './read-client.js';
import type { ChunkLimits, EventChunk } from './reader-protocol.js';
import { unpackEvents } from './row-frames.js';

/** A chunk is large enough that its message costs little, small enough that two of them are little memory. */
export const CHUNK: ChunkLimits = { events: 512, bytes: 512 * 1024 };

/** Reads a stream in either direction, chunk by chunk. */
export function readStreamEvents(client: ReadClient, stream: string, options: ReadStreamOptions): AsyncIterable<RecordedEvent> {
  const backwards = options.direction === 'backwards';
  const start = options.from === undefined ? (backwards ? Number.MAX_SAFE_INTEGER : 0) : Number(options.from);
  return batchedIterable(() =>
    chunkSource({
      start,
      limit: options.limit,
      read: (from, limits) => client.chunk({ kind: 'stream', stream, from, backwards, limits }),
      behind: (scanned) => (backwards ? scanned - 1 : scanned + 1),
    }),
  );
}

/** Reads the log up to what is durable when the reading begins. */
export function readAllEvents(
  client: ReadClient,
  live: { readonly head: number },
  options: ReadAllOptions,
): AsyncIterable<RecordedEvent> {
  const categories = options.categories ?? null;
  return batchedIterable(() => {
    const until = live.head;
    return chunkSource({
      start: Number(options.after),
      limit: options.limit,
      read: (after, limits) => client.chunk({ kind: 'all', after, until, categories, limits }),
      behind: (scanned) => scanned,
    });
  });
}

interface ChunkWalk {
  readonly start: number;
  readonly limit: number | undefined;
  readonly read: (from: number, limits: ChunkLimits) => Promise<EventChunk>;
  /** Where the next chunk begins after one that was scanned up to here. */
  readonly behind: (scanned: number) => number;
}

/** Reads one chunk ahead while the one before is being worked on. Damage is thrown after the intact events before it. */
function chunkSource(walk: ChunkWalk): BatchSource<RecordedEvent> {
  let left = walk.limit ?? Number.MAX_SAFE_INTEGER;
  let damage: Error | undefined;
  let ahead = left > 0 ? readFrom(walk.start) : null;

  function readFrom(from: number): Promise<EventChunk> {
    const chunk = walk.read(from, { events: Math.min(left, CHUNK.events), bytes: CHUNK.bytes });
    // Whoever pulls next sees the error; if nobody does, it concerns nobody.
    chunk.catch(() => undefined);
    return chunk;
  }

  return {
    async next() {
      if (damage !== undefined) throw damage;
      if (ahead === null) return null;
      const chunk = await ahead;
      const events = unpackEvents(chunk.packed);
      left -= events.length;
      if (chunk.damage !== undefined) damage = fromPortable(chunk.damage);
      ahead = chunk.done || left <= 0 ? null : readFrom(walk.behind(chunk.scanned));
      return events;
    },
    close() {
      ahead = null;
    },
  };
}
