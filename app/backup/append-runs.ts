import type { NewEvent } from '../../contracts/events/event.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { namesPosition, type PortableEvent, type WalkedLog, withPositions } from './portable-event.js';

/** Below what a server takes in one append (1 MB of data), with room for the metadata. */
const RUN_BYTES = 512 * 1024;
const RUN_EVENTS = 256;
/** Appends that are not answered yet, where they land in the order of the calls. */
const IN_FLIGHT = 512;
const IN_FLIGHT_BYTES = 8 * 1024 * 1024;

/** Appends events in the order of another log: neighbours of one stream together. */
export interface RunAppender {
  /** Takes the next event, with its ordinal; throws what an append before it failed with. */
  add(event: PortableEvent, ordinal: number): Promise<void>;
  /** Settles when everything that was added is durable. */
  flush(): Promise<void>;
}

/** Appends to a log that holds what came before. */
export function createRunAppender(target: WalkedLog & { readonly log: Pick<EventStore, 'append' | 'readAll'> }): RunAppender {
  const { log, positions, trail } = target;
  // Only a log that counts its positions takes appends in the order of the calls.
  const most = positions === 'counted' ? IN_FLIGHT : 1;
  let run: { stream: string; first: bigint; ordinal: number; events: NewEvent[]; bytes: number } | null = null;
  const inFlight = new Set<Promise<void>>();
  let bytesInFlight = 0;
  let failure: { readonly error: unknown } | null = null;

  async function append({ stream, first, ordinal, events, bytes }: NonNullable<typeof run>): Promise<void> {
    try {
      const { position } = await log.append(stream, first === 0n ? 'no_stream' : first - 1n, events);
      trail.passed(ordinal + events.length - 1, position);
    } catch (error) {
      failure ??= { error };
    } finally {
      bytesInFlight -= bytes;
    }
  }

  async function send(): Promise<void> {
    if (run !== null) {
      bytesInFlight += run.bytes;
      const sent: Promise<void> = append(run).finally(() => inFlight.delete(sent));
      inFlight.add(sent);
      run = null;
    }
    while (inFlight.size >= most || bytesInFlight > IN_FLIGHT_BYTES) await Promise.race(inFlight);
    // Nothing may follow what failed: it would stand in front of it.
    if (failure !== null) throw failure.error;
  }

  return {
    async add(portable, ordinal) {
      const { stream, revision, text } = portable;
      const isNext = run !== null && run.stream === stream && run.first + BigInt(run.events.length) === revision;
      const isFull = run !== null && (run.events.length >= RUN_EVENTS || run.bytes + text.length > RUN_BYTES);
      // What it names may be what would go with it.
      if (!isNext || isFull || namesPosition(portable.event)) await send();
      const event = await withPositions(portable, trail);
      run ??= { stream, first: revision, ordinal, events: [], bytes: 0 };
      run.events.push(event);
      run.bytes += text.length;
    },
    async flush() {
      await send();
      await Promise.all(inFlight);
      if (failure !== null) throw failure.error;
    },
  };
}
