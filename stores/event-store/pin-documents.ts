import type { Position, RecordedEvent } from '../../contracts/events/event.js';
import { ENGINE_SOURCE } from '../../contracts/events/sources.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentWrite, StoredDocument } from '../document-store/document-store.port.js';
import type { EventPin } from './event-pins.port.js';

/** The collection of pins, a document each under its event id; no projection has its name. */
export const PINS_COLLECTION = 'event_pins';

/** The document beside the pins that says how far they were rebuilt; it goes with them, however they are lost. */
export const MARKER_ID = 'rebuilt';

/** How far the pins of a log were rebuilt. */
export interface Marker {
  readonly log: string;
  readonly complete: boolean;
  /** Every pin of an event up to here is stored. */
  readonly through: Position;
  /** So many pins were found in the log. */
  readonly pinned: number;
}

/** Only where no document of this id is. */
export function pinWrite({ event_id, stream, after, body_hash }: EventPin): DocumentWrite {
  const body: JsonObject = { stream, after: String(after), ...(body_hash !== undefined && { body_hash }) };
  return { id: event_id, expected: 'none', position: 0n, body };
}

/** The pin that was written; undefined for what is none. */
export function pinIn({ id, body }: StoredDocument): EventPin | undefined {
  const { stream, after, body_hash: hash } = body ?? {};
  if (typeof stream !== 'string' || typeof after !== 'string') return undefined;
  return { event_id: id, stream, after: BigInt(after), ...(typeof hash === 'string' && { body_hash: hash }) };
}

/** The marker that was written; undefined for what is none. */
export function markerIn(document: StoredDocument | null | undefined): Marker | undefined {
  const { log, complete, pinned } = document?.body ?? {};
  if (document === null || document === undefined || typeof log !== 'string') return undefined;
  return { log, complete: complete === true, through: document.position, pinned: typeof pinned === 'number' ? pinned : 0 };
}

/** Takes the place of the marker that was read. */
export function markerWrite({ log, complete, through, pinned }: Marker, expected: Position | 'none'): DocumentWrite {
  return { id: MARKER_ID, expected, position: through, body: { log, complete, pinned } };
}

/** The pin of an event that stands in the log; null for those of the engine's own that never get one. */
export function pinOf({ id, type, stream, revision, metadata }: RecordedEvent): EventPin | null {
  if (metadata.source === ENGINE_SOURCE && type !== 'customer.identified') return null;
  const { body_hash } = metadata;
  return { event_id: id, stream, after: revision - 1n, ...(body_hash !== undefined && { body_hash }) };
}
