import { BEFORE_FIRST, type NewEvent, type Position, type RecordedEvent, type StoredBody } from '../../contracts/events/event.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { createPositionTrail, type PositionKind, type PositionTrail } from './position-trail.js';

/** An event as it is the same in every store: it names places in the log by ordinals. */
export interface PortableEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly event: NewEvent;
  /** Everything of it, always written the same way: what is compared and hashed. */
  readonly text: string;
  /** How far its source is with it, up to the source's head. */
  readonly place: bigint;
}

/** A log that is walked through. */
export interface WalkedLog {
  readonly log: Pick<EventStore, 'readAll'>;
  readonly positions: PositionKind;
  readonly trail: PositionTrail;
}

/** A log with a trail of its own. */
export function walkedLog(log: Pick<EventStore, 'readAll'>, positions: PositionKind): WalkedLog {
  return { log, positions, trail: createPositionTrail(positions, log) };
}

/** Fields of bodies that hold a position of the log they stand in, by event type; they stay in order, and no other event has one. */
const positionFields: Readonly<Record<string, string>> = { 'segment.evaluated': 'position' };

/** The events of a log behind a place, the next of which has the given ordinal. */
export async function* portableEvents(
  { log, trail }: WalkedLog,
  from: { readonly after: Position; readonly ordinal: number } = { after: BEFORE_FIRST, ordinal: 0 },
): AsyncGenerator<PortableEvent> {
  let { ordinal } = from;
  for await (const recorded of log.readAll({ after: from.after })) {
    trail.passed(ordinal, recorded.position);
    yield portableEvent(recorded, await withOrdinals(recorded, trail));
    ordinal += 1;
  }
}

/** The text of an event, from its parts. */
export function portableText({ stream, revision, event }: Omit<PortableEvent, 'text' | 'place'>): string {
  const { id, type, metadata, data } = event;
  return JSON.stringify({ stream, revision: revision.toString(), id, type, metadata, data });
}

/** The event whose text this is; `place` is where its source is with it. */
export function parsePortableText(text: string, place: bigint): PortableEvent {
  // Written by `portableText` and unchanged since, as its checksum says.
  const { stream, revision, ...event } = JSON.parse(text) as NewEvent & { readonly stream: string; readonly revision: string };
  return { stream, revision: BigInt(revision), event, text, place };
}

/** True for an event that says where another one stands in the log. */
export function namesPosition({ type }: NewEvent): boolean {
  return Object.hasOwn(positionFields, type);
}

/** The body as a log is to hold it, in which the trail says where events stand. */
export async function withPositions({ event }: PortableEvent, trail: PositionTrail): Promise<NewEvent> {
  const data = await translated(event, async (ordinal) => trail.positionOf(Number(ordinal)));
  return data === event.data ? event : { ...event, data };
}

async function withOrdinals(recorded: RecordedEvent, trail: PositionTrail): Promise<StoredBody> {
  return translated(recorded, async (position) => {
    const ordinal = await trail.ordinalAt(BigInt(position));
    // In front of the first event is nothing that a decision could include or leave out.
    return BigInt(Math.max(0, ordinal));
  });
}

function portableEvent({ id, type, metadata, stream, revision, position }: RecordedEvent, data: StoredBody): PortableEvent {
  const event: NewEvent = { id, type, data, metadata };
  return { stream, revision, event, text: portableText({ stream, revision, event }), place: position };
}

async function translated(
  { type, data }: Pick<NewEvent, 'type' | 'data'>,
  translate: (value: string) => Promise<bigint>,
): Promise<StoredBody> {
  const field = positionFields[type];
  const value = field === undefined ? undefined : data.plain[field];
  if (field === undefined || typeof value !== 'string') return data;
  return { ...data, plain: { ...data.plain, [field]: (await translate(value)).toString() } };
}
