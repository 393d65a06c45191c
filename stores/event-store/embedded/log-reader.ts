import type { EventPin } from '../event-pins.port.js';
import { asLogError, toPortable, wholeNumber, type DamagePlace } from './log-errors.js';
import { readLogState, readNumber, type Database } from './log-file.js';
import { createLogLookup, type LogLookup } from './log-lookup.js';
import { createLogRows, misled, ROW_COLUMNS, type LogRow, type LogRows } from './log-rows.js';
import { LogTail, catchUpTail } from './log-tail.js';
import { packedSize, packRows, parseBody } from './row-frames.js';
import type { ChunkLimits, EventChunk, ReaderAnswer, ReaderQuery } from './reader-protocol.js';
import { writeUuid } from './uuid-bytes.js';

/** Answers queries over a log opened for reading. */
export interface LogReader {
  /** All queries of a call see the same state of the log. Nothing is thrown: what fails is its query's answer. */
  answer(queries: readonly ReaderQuery[]): readonly ReaderAnswer[];
}

interface Found {
  readonly rows: Iterable<LogRow>;
  /** The place of a row in what is read: its position or its revision. */
  readonly place: (row: LogRow) => number;
  /** What was looked at when `rows` ends by itself. */
  readonly end: number;
  /** What comes behind the place of the last row taken. */
  readonly behind: (place: number) => DamagePlace;
}

/** A reader; it keeps a tail of its own, caught up only by queries that need it. */
export function createLogReader(db: Database): LogReader {
  const rows = createLogRows(db);
  const tail = new LogTail(0);
  const lookup = createLogLookup(db, tail, rows);
  const selectAll = db.prepare(
    `SELECT ${ROW_COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`,
  );

  function answerOne(query: ReaderQuery): ReaderAnswer {
    switch (query.kind) {
      case 'all': {
        const until = Math.min(query.until, readNumber(db, 'SELECT coalesce(max(position), -1) FROM events'));
        const found = { place: (row: LogRow) => row.position, end: Math.max(until, query.after) };
        const { categories, limits, after } = query;
        const chunk =
          categories === null
            ? collect(
                {
                  ...found,
                  rows: allRows(selectAll.iterate(after, until, limits.events), after, rows),
                  behind: (place) => place + 1,
                },
                limits,
                after,
              )
            : collect(
                { ...found, rows: categoryRows(db, rows, { ...query, categories, until }), behind: () => 'unknown' },
                limits,
                after,
              );
        return { kind: 'chunk', chunk };
      }
      case 'stream': {
        const number = lookup.streamNumber(query.stream);
        const stretch = { from: query.from, backwards: query.backwards, limit: query.limits.events };
        const found = number === undefined ? [] : lookup.stretch(number, stretch);
        return {
          kind: 'chunk',
          chunk: collect(
            { rows: found, place: (row) => row.revision, end: query.from, behind: () => 'unknown' },
            query.limits,
            query.from,
          ),
        };
      }
      case 'stream_heads':
        return { kind: 'stream_heads', revisions: Float64Array.from(query.streams, headOf) };
      case 'pins':
        return { kind: 'pins', pins: query.ids.flatMap((id) => pinOf(id, lookup, rows) ?? []) };
    }
  }

  function headOf(stream: string): number {
    const number = lookup.streamNumber(stream);
    return number === undefined ? -1 : (lookup.end(number)?.revision ?? -1);
  }

  return {
    answer(queries) {
      try {
        db.exec('BEGIN');
        if (queries.some((query) => query.kind !== 'all')) {
          tail.dropBelow(readLogState(db).indexedTo);
          catchUpTail(tail, db);
        }
        return queries.map((query) => guarded(() => answerOne(query)));
      } catch (error) {
        const failed = { kind: 'failed', error: toPortable(asLogError(error, 'unknown')) } as const;
        return queries.map(() => failed);
      } finally {
        endSnapshot(db);
      }
    },
  };
}

function* allRows(found: Iterable<unknown>, after: number, rows: LogRows): Generator<LogRow> {
  let position = after;
  for (const row of found) {
    position += 1;
    yield rows.verify(row, { position });
  }
}

interface CategoryQuery {
  readonly after: number;
  readonly until: number;
  readonly categories: readonly string[];
  readonly limits: ChunkLimits;
}

/** SQLite merges the categories' positions, each in order already, so that nothing else is looked at. */
function* categoryRows(db: Database, rows: LogRows, { after, until, categories, limits }: CategoryQuery): Generator<LogRow> {
  const wanted = new Set(categories);
  const known = (db.prepare('SELECT name, id FROM categories').all() as [string, number][]).filter(([name]) => wanted.has(name));
  if (known.length === 0) return;
  const one = 'SELECT position FROM by_category WHERE category = ? AND position > ? AND position <= ?';
  const sql = `SELECT m.position, e.* FROM (${known.map(() => one).join(' UNION ALL ')} ORDER BY position LIMIT ?) m
    LEFT JOIN events e ON e.position = m.position ORDER BY m.position`;
  for (const row of db.prepare(sql).iterate(...known.flatMap(([, id]) => [id, after, until]), limits.events)) {
    // Where the category says that the row is, then the row itself.
    const position = wholeNumber(row);
    const place = { position, via: 'by_category' };
    const verified = rows.verify(Array.isArray(row) ? row.slice(1) : row, place);
    if (!known.some(([name]) => verified.stream === name || verified.stream.startsWith(`${name}-`))) {
      throw misled(place, 'an event of another category');
    }
    yield verified;
  }
}

/** Takes rows as far as the limits go; damage ends the chunk, so that the intact events before it are served. */
function collect(found: Found, limits: ChunkLimits, start: number): EventChunk {
  const taken: LogRow[] = [];
  let scanned = start;
  let bytes = 0;
  try {
    for (const row of found.rows) {
      taken.push(row);
      scanned = found.place(row);
      bytes += packedSize(row);
      if (taken.length >= limits.events || bytes >= limits.bytes) return { packed: packRows(taken), scanned, done: false };
    }
  } catch (error) {
    return { packed: packRows(taken), scanned, done: true, damage: toPortable(asLogError(error, found.behind(scanned))) };
  }
  return { packed: packRows(taken), scanned: found.end, done: true };
}

function pinOf(id: string, lookup: LogLookup, rows: LogRows): EventPin | undefined {
  const bytes = Buffer.alloc(16);
  writeUuid(bytes, 0, id);
  const position = lookup.positionOf(bytes.toString('latin1'), bytes);
  if (position === undefined) return undefined;
  const place = { position, via: 'by_id' };
  const row = rows.at(place);
  if (Buffer.compare(row.id, bytes) !== 0) throw misled(place, 'an event with another id');
  const hash = parseBody(Buffer.from(row.body).toString('utf8')).metadata.body_hash;
  return { event_id: id, stream: row.stream, after: BigInt(row.revision) - 1n, ...(hash !== undefined && { body_hash: hash }) };
}

function guarded(answer: () => ReaderAnswer): ReaderAnswer {
  try {
    return answer();
  } catch (error) {
    return { kind: 'failed', error: toPortable(asLogError(error, 'unknown')) };
  }
}

/** On a damaged file even the end of a read fails; the answers have said what there is to say. */
function endSnapshot(db: Database): void {
  for (const end of ['COMMIT', 'ROLLBACK']) {
    try {
      if (db.isTransaction) db.exec(end);
    } catch {
      continue;
    }
  }
}
