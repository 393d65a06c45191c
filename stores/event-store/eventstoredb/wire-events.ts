import type { AllStreamResolvedEvent, EventData, RecordedEvent as WireEvent } from '@eventstore/db-client';
import { EngineError } from '../../../contracts/errors.js';
import { parseStreamName } from '../../../contracts/events/streams.js';
import type { EventMetadata, NewEvent, RecordedEvent, StoredBody } from '../../../contracts/events/event.js';

/** Holds the identity of the log; not an event of the engine, so that no reader of all events sees it. */
export const identityStream = 'store-cebe.identity';

/** The server's limit for one append, which counts only data. */
const MAX_APPEND_BYTES = 1_048_576;

/** What the client is given, and how many bytes it will send. */
export interface Prepared {
  readonly data: EventData[];
  readonly bytes: number;
}

/** Checked before the client has it: of what cannot be serialised it would never answer the append. */
export function eventData(stream: string, events: readonly NewEvent[]): Prepared {
  if (stream === '' || stream.startsWith('$'))
    throw new EngineError(
      'invalid_input',
      `Expected the name of a stream that does not begin with $, found ${JSON.stringify(stream)}`,
    );
  if (events.length === 0) throw new EngineError('invalid_input', `Expected at least one event for ${stream}, found none`);
  const ids = new Set(events.map((event) => event.id));
  if (ids.size < events.length)
    throw new EngineError('event_id_taken', `Expected each event for ${stream} to have an id of its own, found one twice`);
  let bytes = 0;
  let about = 0;
  for (const event of events) {
    const size = serialisedSize(event);
    bytes += size.data;
    about += size.metadata;
  }
  if (bytes > MAX_APPEND_BYTES) {
    throw new EngineError(
      'invalid_input',
      `Expected at most ${String(MAX_APPEND_BYTES)} bytes of data in one append to ${stream}, found ${String(bytes)}`,
      { details: { stream, bytes } },
    );
  }
  const data = events.map((event): EventData => ({
    id: event.id,
    type: event.type,
    contentType: 'application/json',
    data: { ...event.data },
    metadata: { ...event.metadata },
  }));
  return { data, bytes: bytes + about };
}

function serialisedSize(event: NewEvent): { readonly data: number; readonly metadata: number } {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(event.id) || /^[0-]+$/.test(event.id))
    throw new EngineError('invalid_input', `Expected the event id to be a lower-case UUID, found ${JSON.stringify(event.id)}`);
  try {
    const metadata = Buffer.byteLength(JSON.stringify(event.metadata));
    return { data: Buffer.byteLength(JSON.stringify(event.data)), metadata };
  } catch (cause) {
    throw new EngineError('invalid_input', `Expected event ${event.id} (${event.type}) to be JSON`, {
      details: { event_id: event.id },
      cause,
    });
  }
}

/** Where an event of the log stands; commit and prepare are the same for everything that is written this way. */
export function positionOf(event: Pick<WireEvent, 'position' | 'id'>): bigint {
  if (event.position === undefined)
    throw new EngineError(
      'corrupt_event',
      `Expected event ${event.id} to have a position, found none: the server is older than 22.6`,
    );
  return event.position.commit;
}

/** An event as the engine reads it; its body is checked where it is decoded. */
export function recorded(event: WireEvent): RecordedEvent {
  const position = positionOf(event);
  const { data, metadata } = event;
  if (!isObject(data) || !isObject(metadata)) {
    throw new EngineError(
      'corrupt_event',
      `Expected data and metadata of event ${event.id} in ${event.streamId} to be JSON objects, found something else`,
      { details: { position, stream: event.streamId, revision: event.revision } },
    );
  }
  return {
    id: event.id,
    type: event.type,
    // The shapes are those that `eventData` wrote; contracts are parsed when the event is decoded.
    data: data as unknown as StoredBody,
    metadata: metadata as unknown as EventMetadata,
    stream: event.streamId,
    revision: event.revision,
    position,
  };
}

/** False for the server's own events, for links to nothing and for the identity of the log. */
export function isEngineEvent(
  resolved: AllStreamResolvedEvent,
): resolved is AllStreamResolvedEvent & { readonly event: WireEvent } {
  const stream = resolved.event?.streamId;
  return stream !== undefined && stream !== identityStream && parseStreamName(stream) !== null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
}
