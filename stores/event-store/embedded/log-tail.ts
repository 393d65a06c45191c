import { isUint8Array } from 'node:util/types';
import type { Database } from './log-file.js';
import { asLogError, damaged, wholeNumber } from './log-errors.js';

/** Where the events of one stream stand within a segment: contiguous revisions from `first`. */
export interface StreamRun {
  readonly first: number;
  readonly positions: number[];
}

/** A stretch of the log, held in memory because the lookup tables do not cover it yet. */
export interface TailSegment {
  readonly from: number;
  to: number;
  /** Event id (16 latin-1 characters) ▸ position. */
  readonly ids: Map<string, number>;
  /** Stream number ▸ its events here. */
  readonly runs: Map<number, StreamRun>;
  /** Name ▸ number of the streams that began here. */
  readonly names: Map<string, number>;
}

/** One event as the tail remembers it; `name` only where the stream begins. */
export interface TailEntry {
  readonly key: string;
  readonly stream: number;
  readonly revision: number;
  readonly name?: string;
}

/** Large enough that sorted merging touches each page of the lookup tables for several events, small enough to load at a start. */
export const SEGMENT_EVENTS = 32_768;

/**
 * The newest events by id, stream and name. The writer adds to it as it appends; after a start, and in the reader, it is loaded from the
 * log itself. Together with the lookup tables it covers the whole log; where both hold something they agree.
 */
export class LogTail {
  /** Oldest first; `next` is the position behind the last one. */
  #segments: TailSegment[] = [];
  #next: number;
  readonly #segmentEvents: number;

  constructor(from: number, segmentEvents = SEGMENT_EVENTS) {
    this.#next = from;
    this.#segmentEvents = segmentEvents;
  }

  /** The position behind the last event that the tail knows. */
  get next(): number {
    return this.#next;
  }

  /** The oldest segment when it is full, so that it can be merged into the lookup tables. */
  get full(): TailSegment | undefined {
    return this.#segments.length > 1 ? this.#segments[0] : undefined;
  }

  /** Adds the event at `next`. */
  add(entry: TailEntry): void {
    const position = this.#next;
    const segment = this.#writable(position);
    segment.ids.set(entry.key, position);
    if (entry.name !== undefined) segment.names.set(entry.name, entry.stream);
    const run = segment.runs.get(entry.stream);
    if (run === undefined) segment.runs.set(entry.stream, { first: entry.revision, positions: [position] });
    else run.positions.push(position);
    this.#next = position + 1;
    segment.to = this.#next;
  }

  /** Lets go of what the lookup tables cover: everything below `indexedTo`, as far as it makes up whole segments. */
  dropBelow(indexedTo: number): void {
    this.#segments = this.#segments.filter((segment) => segment.to > indexedTo);
    if (this.#next < indexedTo) this.#next = indexedTo;
  }

  /** Position of an event id, undefined when the tail does not hold it. */
  positionOf(key: string): number | undefined {
    for (const segment of this.#segments) {
      const position = segment.ids.get(key);
      if (position !== undefined) return position;
    }
    return undefined;
  }

  /** Number of a stream that began in the tail. */
  streamOf(name: string): number | undefined {
    for (const segment of this.#segments) {
      const stream = segment.names.get(name);
      if (stream !== undefined) return stream;
    }
    return undefined;
  }

  /** The stream's events in the tail, oldest first. */
  runsOf(stream: number): readonly StreamRun[] {
    return this.#segments.flatMap((segment) => segment.runs.get(stream) ?? []);
  }

  /** Last revision and position of a stream in the tail. */
  headOf(stream: number): { readonly revision: number; readonly position: number } | undefined {
    const run = this.runsOf(stream).at(-1);
    const position = run?.positions.at(-1);
    if (run === undefined || position === undefined) return undefined;
    return { revision: run.first + run.positions.length - 1, position };
  }

  #writable(position: number): TailSegment {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.ids.size < this.#segmentEvents) return last;
    const fresh: TailSegment = { from: position, to: position, ids: new Map(), runs: new Map(), names: new Map() };
    this.#segments.push(fresh);
    return fresh;
  }
}

/** An event id as a key for maps: 16 latin-1 characters. */
export function idKey(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}

const entriesBehind = `
  SELECT e.position, e.stream, e.revision, e.id, CASE e.revision WHEN 0 THEN (SELECT name FROM streams WHERE id = e.stream) END
  FROM events e WHERE e.position >= ? ORDER BY e.position`;

/** Adds to the tail what the log holds behind it; whoever needs certainty verifies those rows too. */
export function catchUpTail(tail: LogTail, db: Database): void {
  try {
    for (const row of db.prepare(entriesBehind).iterate(tail.next)) {
      const [position, id, name] = [wholeNumber(row), ...(row as unknown as readonly unknown[]).slice(3)];
      if (position !== tail.next) throw damaged(tail.next, `a gap up to position ${String(position)}`);
      if (!isUint8Array(id)) throw damaged(tail.next, 'a row without its id');
      const entry = { key: idKey(id), stream: wholeNumber(row, 1), revision: wholeNumber(row, 2) };
      tail.add(typeof name === 'string' ? { ...entry, name } : entry);
    }
  } catch (error) {
    throw asLogError(error, tail.next);
  }
}
