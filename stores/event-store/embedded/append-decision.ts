import { EngineError } from '../../../contracts/errors.js';
import { eventIdText, type FramedAppend, type FramedEvent } from './append-frames.js';
import type { Placed } from './append-outcome.js';
import type { LogLookup } from './log-lookup.js';
import type { LogRow, LogRows } from './log-rows.js';
import type { WritableStream } from './stream-directory.js';

/** What an append comes to: for each of its events where it stands already, or the event itself where it is to be written. */
export type AppendDecision = readonly (Placed | FramedEvent)[];

export interface DecisionReads {
  readonly lookup: LogLookup;
  readonly rows: LogRows;
}

/**
 * Decides an append without changing anything, so that a refusal costs its neighbours in the group nothing. The same ids at the same
 * expected revision are answered with where they stand. Throws the refusal.
 */
export function decideAppend(append: FramedAppend, stream: WritableStream, reads: DecisionReads): AppendDecision {
  if (append.kind === 'append_once') return decideOnce(append, stream, reads);
  if (append.after === stream.head) {
    for (const event of append.events) {
      const position = reads.lookup.positionOf(event.key, event.id);
      if (position !== undefined) throw idTaken(event, reads.rows.at({ position, via: 'by_id' }));
    }
    assertDistinct(append, stream);
    return append.events;
  }
  return placesOfRepeat(append, stream, reads) ?? refuse(append, stream);
}

function decideOnce(append: FramedAppend, stream: WritableStream, { lookup, rows }: DecisionReads): AppendDecision {
  if (append.after > stream.head) return refuse(append, stream);
  assertDistinct(append, stream);
  return append.events.map((event) => {
    const position = lookup.positionOf(event.key, event.id);
    if (position !== undefined) {
      const row = rows.at({ position, via: 'by_id' });
      if (row.stream !== stream.name || row.revision <= append.after) throw idTaken(event, row);
      return { revision: row.revision, position, duplicate: true };
    }
    return event;
  });
}

function placesOfRepeat(append: FramedAppend, stream: WritableStream, { lookup }: DecisionReads): readonly Placed[] | undefined {
  const count = append.events.length;
  if (append.after < -1 || append.after + count > stream.head) return undefined;
  const placed: Placed[] = [];
  for (const row of lookup.stretch(stream.number, { from: append.after + 1, backwards: false, limit: count })) {
    const event = append.events[placed.length];
    if (event === undefined || Buffer.compare(row.id, event.id) !== 0) return undefined;
    placed.push({ revision: row.revision, position: row.position, duplicate: true });
  }
  return placed.length === count ? placed : undefined;
}

function refuse(append: FramedAppend, stream: WritableStream): never {
  const [expected, actual] = [BigInt(append.after), BigInt(stream.head)];
  throw new EngineError(
    'wrong_expected_revision',
    `Expected ${stream.name} to ${append.after < 0 ? 'be absent' : `end at revision ${String(expected)}`}, found ${actual < 0n ? 'no such stream' : `revision ${String(actual)}`}`,
    { details: { stream: stream.name, expected, actual } },
  );
}

function idTaken(event: FramedEvent, row: LogRow): EngineError {
  const id = eventIdText(event.id);
  return new EngineError(
    'event_id_taken',
    `Expected event id ${id} to be new, found it at revision ${String(row.revision)} of ${row.stream}`,
    {
      details: { event_id: id, stream: row.stream, revision: BigInt(row.revision), position: BigInt(row.position) },
    },
  );
}

function assertDistinct({ events }: FramedAppend, stream: WritableStream): void {
  if (events.length < 2 || new Set(events.map((event) => event.key)).size === events.length) return;
  const twice = events.find((event, index) => events.findIndex((other) => other.key === event.key) < index);
  const id = twice === undefined ? '' : eventIdText(twice.id);
  throw new EngineError('event_id_taken', `Expected each event id once in an append to ${stream.name}, found ${id} twice`, {
    details: { event_id: id, stream: stream.name },
  });
}
