import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { EventStore, ReadStreamOptions } from '../../stores/event-store/event-store.port.js';
import type { AnyReactor } from './any-reactor.js';
import type { DecodeEvents } from './decoding.js';

/** What reading a stream for a reactor needs. */
export interface OwnEventsSource {
  readonly reactor: AnyReactor;
  readonly eventStore: EventStore;
  readonly decode: DecodeEvents;
}

const READ_AT_ONCE = 500;

/** The reactor's own events on the key's stream, behind `after`: what it decided before a crash and may not remember. */
export async function* readOwnEvents(source: OwnEventsSource, key: string, after: bigint): AsyncGenerator<DecodedEvent> {
  const { reactor } = source;
  const wanted = (event: RecordedEvent): boolean => reactor.emits.includes(event.type);
  for await (const event of readDecoded(source, { stream: reactor.stream(key), wanted, from: after + 1n })) {
    if (reactor.isOwn(event)) yield event;
  }
}

/** The wanted events of a stream, decoded; those that cannot be read are left out. */
export async function* readDecoded(
  source: Pick<OwnEventsSource, 'eventStore' | 'decode'>,
  options: ReadStreamOptions & { readonly stream: string; readonly wanted?: (event: RecordedEvent) => boolean },
): AsyncGenerator<DecodedEvent> {
  const { stream, wanted, ...range } = options;
  let waiting: RecordedEvent[] = [];
  const decodeWaiting = async (): Promise<readonly DecodedEvent[]> => {
    const results = await source.decode(waiting, { opensQuasi: true });
    waiting = [];
    return results.flatMap((result) => (result.ok ? [result.event] : []));
  };
  for await (const event of source.eventStore.readStream(stream, range)) {
    if (wanted?.(event) === false) continue;
    waiting.push(event);
    if (waiting.length >= READ_AT_ONCE) yield* await decodeWaiting();
  }
  if (waiting.length > 0) yield* await decodeWaiting();
}
