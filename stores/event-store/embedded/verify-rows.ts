import type { Database } from './log-file.js';
import { asLogError } from './log-errors.js';
import { ROW_COLUMNS, type LogRow, type LogRows } from './log-rows.js';

export interface VerifyOptions {
  /** First position; every position from here to the end must hold an intact row. */
  readonly from: number;
  readonly each: (row: LogRow) => void;
}

/** Verifies the rows from a position to the end of the log, each handed on once it is; the first damage is thrown. */
export function verifyRows(db: Database, rows: LogRows, { from, each }: VerifyOptions): void {
  let position = from;
  try {
    for (const row of db.prepare(`SELECT ${ROW_COLUMNS} FROM events WHERE position >= ? ORDER BY position`).iterate(from)) {
      each(rows.verify(row, { position }));
      position += 1;
    }
  } catch (error) {
    throw asLogError(error, position);
  }
}
