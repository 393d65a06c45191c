import type { IntegrityProblem, IntegrityReport } from './integrity-protocol.js';
import { asLogError, damaged } from './log-errors.js';
import { openLogForReading, readLogState, readNumber, type Database } from './log-file.js';
import { createLogRows, ROW_COLUMNS, type LogRow } from './log-rows.js';
import { categoryOf } from './stream-directory.js';
import { createTableSums, type TableSums } from './table-sums.js';

type Progress = (done: number, total: number) => void;

const MOST_PROBLEMS = 100;
const NEWEST = 1000;
const PROGRESS_EVERY = 10_000;

/** Examines a log; blocks its thread for as long as that takes. */
export function examineLog(file: string, depth: 'quick' | 'deep', progress: Progress): IntegrityReport {
  const problems: IntegrityProblem[] = [];
  const found = (error: unknown): void => {
    const known = asLogError(error, 'unknown');
    if (known.code !== 'corrupt_event' && known.code !== 'store_format_unsupported') throw known;
    const { position } = known.details;
    if (problems.length < MOST_PROBLEMS)
      problems.push({ ...(typeof position === 'bigint' ? { position } : {}), detail: known.message });
  };
  let events = 0;
  try {
    const db = openLogForReading(file);
    try {
      db.exec('BEGIN');
      const { indexedTo } = readLogState(db);
      if (depth === 'deep') examinePages(db, found);
      const sums = createTableSums(db, indexedTo);
      events = examineRows(db, { depth, sums, found, progress });
      if (depth === 'deep' && problems.length === 0) sums.compare(found);
    } finally {
      db.close();
    }
  } catch (error) {
    found(error);
  }
  return { depth, events, problems };
}

function examinePages(db: Database, found: (error: unknown) => void): void {
  for (const row of db.prepare(`PRAGMA integrity_check(${String(MOST_PROBLEMS)})`).all() as unknown as readonly [string][]) {
    if (row[0] !== 'ok') found(damaged('unknown', `damaged pages: ${row[0]}`));
  }
}

interface RowExamination {
  readonly depth: 'quick' | 'deep';
  readonly sums: TableSums;
  readonly found: (error: unknown) => void;
  readonly progress: Progress;
}

/** Goes on behind a damaged row, so that one report names them all. */
function examineRows(db: Database, { depth, sums, found, progress }: RowExamination): number {
  const rows = createLogRows(db);
  const total = readNumber(db, 'SELECT coalesce(max(position), -1) FROM events') + 1;
  const from = depth === 'quick' ? Math.max(0, total - NEWEST) : 0;
  let expected = from;
  let intact = 0;
  try {
    for (const row of db.prepare(`SELECT ${ROW_COLUMNS} FROM events WHERE position >= ? ORDER BY position`).iterate(from)) {
      const position = (row as unknown as readonly unknown[])[0];
      if (typeof position === 'number' && position > expected) {
        found(damaged(expected, `a gap up to position ${String(position)}`));
        expected = position;
      }
      const verified = attempt(() => rows.verify(row, { position: expected }), found);
      if (verified !== undefined) {
        sums.add(verified, categoryOf(verified.stream));
        intact += 1;
      }
      expected += 1;
      if (expected % PROGRESS_EVERY === 0) progress(expected - from, total - from);
    }
  } catch (error) {
    // From here on no row can be reached.
    found(asLogError(error, expected));
  }
  progress(total - from, total - from);
  return intact;
}

function attempt(verify: () => LogRow, found: (error: unknown) => void): LogRow | undefined {
  try {
    return verify();
  } catch (error) {
    found(error);
    return undefined;
  }
}
