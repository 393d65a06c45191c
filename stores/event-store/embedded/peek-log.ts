import { asLogError } from './log-errors.js';
import { openLogForReading, readLogState, readNumber } from './log-file.js';

/** Which log a file is, and how many events it holds. */
export interface LogContent {
  readonly id: string;
  readonly events: number;
}

/** Looks into a log that exists, also while an engine uses it. Errors: `store_format_unsupported`, `corrupt_event`, `store_unavailable`. */
export function peekLog(file: string): LogContent {
  const db = openLogForReading(file);
  try {
    const { storeId } = readLogState(db);
    return { id: storeId, events: readNumber(db, 'SELECT coalesce(max(position), -1) FROM events') + 1 };
  } catch (error) {
    throw asLogError(error, 'unknown');
  } finally {
    db.close();
  }
}
