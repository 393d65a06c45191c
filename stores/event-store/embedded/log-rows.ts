import { isUint8Array } from 'node:util/types';
import { EngineError } from '../../../contracts/errors.js';
import type { Database } from './log-file.js';
import { asLogError, damaged } from './log-errors.js';
import { nameChecksum, rowChecksum } from './row-checksum.js';
import { createRecentMap } from './recent-map.js';

/** A row of the log whose checksum was verified. */
export interface LogRow {
  readonly position: number;
  readonly streamNumber: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: Uint8Array;
  readonly body: Uint8Array;
}

/** What a row must say about itself, where the reader knows. */
export interface RowPlace {
  readonly position: number;
  readonly streamNumber?: number;
  readonly revision?: number;
  /** The lookup table that led here, which may be what is damaged: then an intact row, or none, says nothing about this position. */
  readonly via?: string;
}

/** Columns in the order in which `verify` takes them. */
export const ROW_COLUMNS = 'position, stream, revision, id, checksum, body';

/** Reads rows of the log; a row that is missing, out of place or damaged is `corrupt_event`, never served. */
export interface LogRows {
  verify(row: unknown, place: RowPlace): LogRow;
  /** The row at a position that must exist. */
  at(place: RowPlace): LogRow;
  streamName(streamNumber: number): string | undefined;
}

/** Another row than the place says: in the log itself that is damage there. */
export function misled({ position, via }: RowPlace, found: string): EngineError {
  return via === undefined
    ? damaged(position, found)
    : damaged('unknown', `${found} at position ${String(position)}, where ${via} leads`);
}

interface NamedStream {
  readonly name: string;
  readonly crc: number;
}

/** Verified access to the rows of an open log. */
export function createLogRows(db: Database): LogRows {
  const selectName = db.prepare('SELECT name FROM streams WHERE id = ?');
  const selectRow = db.prepare(`SELECT ${ROW_COLUMNS} FROM events WHERE position = ?`);
  const names = createRecentMap<number, NamedStream>(32_768);

  function named(streamNumber: number): NamedStream | undefined {
    const known = names.get(streamNumber);
    if (known !== undefined) return known;
    const row: unknown = selectName.get(streamNumber);
    const name: unknown = Array.isArray(row) ? row[0] : undefined;
    if (typeof name !== 'string') return undefined;
    const entry = { name, crc: nameChecksum(name) };
    names.set(streamNumber, entry);
    return entry;
  }

  function check(row: unknown, place: RowPlace): LogRow {
    if (!Array.isArray(row) || row.every((column) => column === null)) throw misled(place, 'nothing');
    const [position, streamNumber, revision, id, checksum, body] = row as readonly unknown[];
    if (typeof position !== 'number' || typeof streamNumber !== 'number' || typeof revision !== 'number') {
      throw damaged(place.position, 'a row without its numbers');
    }
    if (!isUint8Array(id) || id.length !== 16 || !isUint8Array(body)) {
      throw damaged(place.position, 'a row without its id or body');
    }
    if (position !== place.position) throw misled(place, `a gap up to position ${String(position)}`);
    const stream = named(streamNumber);
    if (stream === undefined) throw damaged(position, 'an event of a stream without a name');
    if (rowChecksum(stream.crc, revision, position, id, body) !== checksum)
      throw damaged(position, 'a row with a wrong checksum');
    if (place.streamNumber !== undefined && place.streamNumber !== streamNumber)
      throw misled(place, 'an event of another stream');
    if (place.revision !== undefined && place.revision !== revision) {
      throw misled(place, `revision ${String(revision)} of ${stream.name} instead of ${String(place.revision)}`);
    }
    return { position, streamNumber, stream: stream.name, revision, id, body };
  }

  function checked(rowOf: () => unknown, place: RowPlace): LogRow {
    try {
      return check(rowOf(), place);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw asLogError(error, place.position);
    }
  }

  return {
    verify: (row, place) => checked(() => row, place),
    at: (place) => checked(() => selectRow.get(place.position), place),
    streamName: (streamNumber) => named(streamNumber)?.name,
  };
}
