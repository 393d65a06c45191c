import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import type { EventStore, ReadStreamOptions } from '../../stores/event-store/event-store.port.js';
import type { AnyReactor } from './any-reactor.js';
import type { DecodeEvents } from './decoding.js';
import type { StoredState } from './reactor-states.js';

/** What reading a stream for a reactor needs. */
export interface OwnEventsSource {
  readonly reactor: AnyReactor;
  readonly eventStore: EventStore;
  readonly decode: DecodeEvents;
}

/** What a process before this one decided about a key and could not remember. */
export interface ForgottenDecisions {
  /** Made for no event that is still to be decided about: they count before anything else, in order. */
  readonly settled: readonly DecodedEvent[];
  /** By the event they were made for, which will come again. */
  readonly byCause: ReadonlyMap<string, readonly DecodedEvent[]>;
}

const READ_AT_ONCE = 500;

/**
 * Finds the reactor's own events on the key's stream that its stored state does not include. What was decided about an event that comes
 * again is decided anew when it comes, from the same state as then; folding it earlier would make the events before it look wrong.
 */
export async function findForgotten(
  source: OwnEventsSource,
  key: string,
  known: { readonly documentRevision: bigint; readonly stored: StoredState },
): Promise<ForgottenDecisions> {
  const { reactor } = source;
  const decidedThrough = known.stored.position === 'none' ? -1n : known.stored.position;
  const toCome = new Set<string>();
  const settled: DecodedEvent[] = [];
  const byCause = new Map<string, DecodedEvent[]>();
  const wanted = (event: RecordedEvent): boolean => {
    if (event.position > decidedThrough) toCome.add(event.id);
    return event.revision > known.stored.own && reactor.emits.includes(event.type);
  };
  for await (const event of readDecoded(source, { stream: reactor.stream(key), wanted, from: known.documentRevision + 1n })) {
    if (!reactor.isOwn(event)) continue;
    const cause = event.metadata.causation_id;
    if (!toCome.has(cause)) settled.push(event);
    else byCause.set(cause, [...(byCause.get(cause) ?? []), event]);
  }
  return { settled, byCause };
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
