import type { Position, RecordedEvent } from '../../contracts/events/event.js';
import type { StreamCategory } from '../../contracts/events/streams.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { pause, retryDelay, type RetryPolicy } from '../retry.js';
import { approximateSize } from './event-size.js';

/** What was waiting: the events wanted, and the position up to which everything was seen. */
export interface PumpBatch {
  readonly events: readonly RecordedEvent[];
  readonly through: Position;
}

/** Reads ahead of the processor into bounded memory. */
export interface Pump {
  /** What waits now, at most `max` events and nothing behind `upTo`; null when there is nothing new. */
  take(max: number, upTo: Position | null): PumpBatch | null;
  /** Wanted events that wait. */
  waiting(): number;
  /** received_at of the event that waits longest, if any. */
  oldest(): string | null;
  /** True when reading has come to the live end, whatever waits to be taken. */
  isCaughtUp(): boolean;
  /** True when reading has come to the live end and everything read was taken. */
  isDrained(): boolean;
  stop(): Promise<void>;
}

export interface PumpOptions {
  readonly eventStore: EventStore;
  readonly after: Position;
  readonly categories: readonly StreamCategory[];
  /** Events for which it answers false are passed over. */
  readonly accepts: (event: RecordedEvent) => boolean;
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** There is something new to take. */
  readonly onReady: () => void;
  /** Reading failed and is begun again. */
  readonly onError: (error: unknown) => void;
}

const RESUBSCRIBE: RetryPolicy = { attempts: Infinity, baseMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 };

/** Subscribes and keeps subscribed, behind the last event read, until it is stopped. */
export function createPump(options: PumpOptions): Pump {
  const { eventStore, categories, accepts, onReady } = options;
  const stopping = new AbortController();
  const isStopped = (): boolean => stopping.signal.aborted;
  let queue: RecordedEvent[] = [];
  let bytes = 0;
  let readThrough = options.after;
  let takenThrough = options.after;
  let caughtUp = false;
  let resume: (() => void) | undefined;

  function enqueue(event: RecordedEvent): void {
    queue.push(event);
    bytes += approximateSize(event);
  }

  async function read(): Promise<void> {
    const messages = eventStore.subscribe({ after: readThrough, categories, signal: stopping.signal });
    for await (const message of messages) {
      if (message.kind === 'event') {
        readThrough = message.event.position;
        if (accepts(message.event)) enqueue(message.event);
      } else {
        if (message.position > readThrough) readThrough = message.position;
        if (message.kind === 'caught_up') caughtUp = true;
      }
      onReady();
      // Not reading on is what slows the store down; the loop calls back when it has taken something.
      while (queue.length >= options.maxEvents || bytes >= options.maxBytes) {
        if (isStopped()) return;
        await new Promise<void>((resolve) => (resume = resolve));
      }
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const from = readThrough;
      try {
        await read();
        if (!isStopped()) await pause(retryDelay(RESUBSCRIBE, 1), stopping.signal);
      } catch (error) {
        failures = readThrough > from ? 1 : failures + 1;
        caughtUp = false;
        options.onError(error);
        await pause(retryDelay(RESUBSCRIBE, failures), stopping.signal);
      }
    }
  }

  const running = run();

  return {
    take(max, upTo) {
      let count = 0;
      while (count < queue.length && count < max && within(queue[count], upTo)) count += 1;
      const events = queue.slice(0, count);
      queue = queue.slice(count);
      for (const event of events) bytes -= approximateSize(event);
      const next = queue[0];
      let through = events.at(-1)?.position ?? takenThrough;
      if (next === undefined) through = readThrough;
      if (upTo !== null && (next === undefined ? readThrough > upTo : next.position > upTo)) through = upTo;
      resume?.();
      if (count === 0 && through <= takenThrough) return null;
      takenThrough = through;
      return { events, through };
    },
    waiting: () => queue.length,
    oldest: () => queue[0]?.metadata.received_at ?? null,
    isCaughtUp: () => caughtUp,
    isDrained: () => caughtUp && queue.length === 0 && takenThrough >= readThrough,
    async stop() {
      stopping.abort();
      resume?.();
      await running;
    },
  };
}

function within(event: RecordedEvent | undefined, upTo: Position | null): boolean {
  return event !== undefined && (upTo === null || event.position <= upTo);
}
