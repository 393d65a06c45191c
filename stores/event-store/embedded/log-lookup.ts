import type { Database } from './log-file.js';
import { asLogError, damaged, wholeNumber } from './log-errors.js';
import type { LogRow, LogRows } from './log-rows.js';
import type { LogTail } from './log-tail.js';

/** Last revision of a stream and where it stands. */
export interface StreamEnd {
  readonly revision: number;
  readonly position: number;
}

/** Which part of a stream to read: from `from` on in the given direction, at most `limit` events. */
export interface StreamStretch {
  readonly from: number;
  readonly backwards: boolean;
  readonly limit: number;
}

/** Finds events by id and by stream, in the tail and in the lookup tables. Damage is `corrupt_event`. */
export interface LogLookup {
  positionOf(key: string, id: Uint8Array): number | undefined;
  streamNumber(name: string): number | undefined;
  /** The end of a stream that exists; its last row was verified. */
  end(streamNumber: number): StreamEnd | undefined;
  /** Verified rows in the asked direction, contiguous in revision. */
  stretch(streamNumber: number, stretch: StreamStretch): Generator<LogRow>;
}

const joined = `SELECT s.position, e.position, e.stream, e.revision, e.id, e.checksum, e.body
  FROM by_stream s LEFT JOIN events e ON e.position = s.position WHERE s.stream = ? AND s.revision BETWEEN ? AND ? ORDER BY s.revision`;

/** Lookups over an open log and its tail. */
export function createLogLookup(db: Database, tail: LogTail, rows: LogRows): LogLookup {
  const selectId = db.prepare('SELECT position FROM by_id WHERE id = ?');
  const selectName = db.prepare('SELECT stream FROM by_name WHERE name = ?');
  const selectEnd = db.prepare('SELECT revision, position FROM by_stream WHERE stream = ? ORDER BY revision DESC LIMIT 1');
  const selectForwards = db.prepare(`${joined} ASC`);
  const selectBackwards = db.prepare(`${joined} DESC`);

  function tableEnd(streamNumber: number): StreamEnd | undefined {
    const row: unknown = selectEnd.get(streamNumber);
    return row === undefined ? undefined : { revision: wholeNumber(row), position: wholeNumber(row, 1) };
  }

  function* fromTable(streamNumber: number, from: number, to: number): Generator<LogRow> {
    const backwards = to < from;
    let expected = from;
    for (const row of backwards
      ? selectBackwards.iterate(streamNumber, to, from)
      : selectForwards.iterate(streamNumber, from, to)) {
      const place = { position: wholeNumber(row), streamNumber, revision: expected, via: 'by_stream' };
      yield rows.verify(Array.isArray(row) ? row.slice(1) : row, place);
      expected += backwards ? -1 : 1;
    }
    const missing = backwards ? expected >= to : expected <= to;
    if (missing)
      throw damaged(
        'unknown',
        `no revision ${String(expected)} of ${rows.streamName(streamNumber) ?? 'a stream without a name'}`,
      );
  }

  function* fromTail(streamNumber: number, from: number, to: number): Generator<LogRow> {
    const runs = tail.runsOf(streamNumber);
    const step = to < from ? -1 : 1;
    for (let revision = from; revision !== to + step; revision += step) {
      const run = runs.find(({ first, positions }) => revision >= first && revision < first + positions.length);
      const position = run?.positions[revision - run.first];
      if (position === undefined) throw damaged('unknown', `no revision ${String(revision)} of a stream that goes on behind it`);
      yield rows.at({ position, streamNumber, revision });
    }
  }

  return {
    positionOf(key, id) {
      const position = tail.positionOf(key);
      if (position !== undefined) return position;
      const row: unknown = selectId.get(id);
      return row === undefined ? undefined : wholeNumber(row);
    },
    streamNumber(name) {
      const number = tail.streamOf(name);
      if (number !== undefined) return number;
      const row: unknown = selectName.get(name);
      if (row === undefined) return undefined;
      const found = wholeNumber(row);
      if (rows.streamName(found) !== name) throw damaged('unknown', 'a name that leads to another stream');
      return found;
    },
    end(streamNumber) {
      const inTail = tail.headOf(streamNumber);
      const end = inTail ?? tableEnd(streamNumber);
      const via = inTail === undefined ? { via: 'by_stream' } : {};
      if (end !== undefined) rows.at({ position: end.position, streamNumber, revision: end.revision, ...via });
      return end;
    },
    *stretch(streamNumber, { from, backwards, limit }) {
      const last = (tail.headOf(streamNumber) ?? tableEnd(streamNumber))?.revision ?? -1;
      const start = backwards ? Math.min(from, last) : Math.max(from, 0);
      const stop = backwards ? Math.max(0, start - limit + 1) : Math.min(last, start + limit - 1);
      if (limit < 1 || start < 0 || start > last) return;
      const tailFirst = tail.runsOf(streamNumber)[0]?.first ?? last + 1;
      try {
        if (backwards) {
          if (start >= tailFirst) yield* fromTail(streamNumber, start, Math.max(stop, tailFirst));
          if (stop < tailFirst) yield* fromTable(streamNumber, Math.min(start, tailFirst - 1), stop);
        } else {
          if (start < tailFirst) yield* fromTable(streamNumber, start, Math.min(stop, tailFirst - 1));
          if (stop >= tailFirst) yield* fromTail(streamNumber, Math.max(start, tailFirst), stop);
        }
      } catch (error) {
        throw asLogError(error, 'unknown');
      }
    },
  };
}
