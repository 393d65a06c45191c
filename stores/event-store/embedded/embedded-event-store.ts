import type { NewEvent, RecordedEvent } from '../../../contracts/events/event.js';
import { EngineError } from '../../../contracts/errors.js';
import type { AppendResult, EventStore, StoredAt } from '../event-store.port.js';
import { type AppendQueue } from './append-queue.js';
import type { AppendOrder } from './append-frames.js';
import type { Placed } from './append-outcome.js';
import { readAllEvents, readStreamEvents } from './event-reads.js';
import type { LiveEvents } from './live-events.js';
import { subscribeToEvents } from './live-subscription.js';
import type { ReadClient } from './read-client.js';
import { bodyText } from './row-frames.js';
import { isUuid } from './uuid-bytes.js';

export interface EmbeddedParts {
  readonly id: string;
  readonly queue: AppendQueue;
  readonly client: ReadClient;
  readonly live: LiveEvents;
}

interface Placement {
  readonly id: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly duplicate: boolean;
}

const nowhere: Placed = { revision: -1, position: -1, duplicate: true };

/** The event store over its two threads. Appended events are handed to subscribers as they are: do not change them afterwards. */
export function createEmbeddedEventStore({ id, queue, client, live }: EmbeddedParts): EventStore {
  /** Events of the group whose outcomes are arriving; published together behind its last one. */
  function publish(order: AppendOrder, events: readonly NewEvent[], placed: readonly Placed[]): readonly Placement[] {
    return events.map((event, index) => {
      // Of an `append` only the place of its last event is answered: the others stand right before it.
      const back = order.kind === 'append' ? events.length - 1 - index : 0;
      const place = placed[order.kind === 'append' ? 0 : index] ?? nowhere;
      const revision = BigInt(place.revision - back);
      const position = BigInt(place.position - back);
      if (!place.duplicate)
        live.add(recorded(event, order.stream, { revision, position }), order.events[index]?.body.length ?? 0);
      return { id: event.id, revision, position, duplicate: place.duplicate };
    });
  }

  function submit(
    kind: AppendOrder['kind'],
    stream: string,
    after: number,
    events: readonly NewEvent[],
  ): Promise<readonly Placement[]> {
    return new Promise((resolve, reject) => {
      const order: AppendOrder = { kind, stream, after, events: events.map(framable) };
      assertAppend(order);
      queue.submit({
        order,
        settle: (outcome) => {
          if ('refusal' in outcome) reject(outcome.refusal);
          else resolve(publish(order, events, outcome.placed));
        },
      });
    });
  }

  /** The writer is the last to close its file, so that nothing is left to recover. */
  async function close(): Promise<void> {
    await queue.drain();
    live.failure = new EngineError('store_unavailable', 'The event log was closed');
    live.wakeAll();
    await client.close();
    await queue.close();
  }

  let closing: Promise<void> | undefined;
  return {
    id,
    append: async (stream, expected, events): Promise<AppendResult> => {
      const placed = await submit('append', stream, expected === 'no_stream' ? -1 : Number(expected), events);
      const last = placed.at(-1);
      return { revision: last?.revision ?? -1n, position: last?.position ?? -1n };
    },
    appendOnce: async (stream, after, events): Promise<readonly StoredAt[]> =>
      submit('append_once', stream, Number(after), events),
    readStream: (stream, options = {}) => readStreamEvents(client, stream, options),
    readAll: (options) => readAllEvents(client, live, options),
    subscribe: (options) => subscribeToEvents(client, live, options),
    head: () => Promise.resolve(BigInt(live.head)),
    async streamHeads(streams) {
      const answer = await client.ask({ kind: 'stream_heads', streams });
      if (answer.kind !== 'stream_heads') throw new EngineError('internal', `Expected heads of streams, found ${answer.kind}`);
      return new Map(streams.map((stream, index) => [stream, BigInt(answer.revisions[index] ?? -1)]));
    },
    close: () => (closing ??= close()),
  };
}

/** Serialised before it leaves this thread: what JSON cannot hold is the caller's error, not the group's. */
function framable(event: NewEvent): { readonly id: string; readonly body: string } {
  if (!isUuid(event.id))
    throw new EngineError('invalid_input', `Expected the event id to be a lower-case UUID, found ${JSON.stringify(event.id)}`);
  try {
    return { id: event.id, body: bodyText(event) };
  } catch (cause) {
    throw new EngineError('invalid_input', `Expected event ${event.id} (${event.type}) to be JSON`, {
      details: { event_id: event.id },
      cause,
    });
  }
}

function assertAppend(order: AppendOrder): void {
  if (order.stream === '') throw new EngineError('invalid_input', 'Expected the name of a stream, found an empty string');
  if (order.events.length === 0)
    throw new EngineError('invalid_input', `Expected at least one event for ${order.stream}, found none`);
}

function recorded(event: NewEvent, stream: string, at: AppendResult): RecordedEvent {
  const { id, type, data, metadata } = event;
  return { id, type, data, metadata, stream, revision: at.revision, position: at.position };
}
