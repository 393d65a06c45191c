import { EngineError } from '../../../contracts/errors.js';
import type { Position } from '../../../contracts/events/event.js';
import { isDuplicateKey } from '../../mongodb/driver-errors.js';
import type { Connection } from './connection.js';

/** The log that documents are folded from. */
export interface FollowedLog {
  readonly id: string;
  /** No position that was given out before the call lies behind it. */
  readonly end: () => Promise<Position>;
}

const ROW = 'followed_log';
const CHECKPOINTS = { $gte: 'checkpoint/', $lt: 'checkpoint0' };

/**
 * Remembers which log the documents of the database are folded from. Refuses (`data_folder_mixed`) another log, and a log that ends before
 * what was folded, e.g. one restored from an older backup: what it is given next would be passed over.
 */
export async function followLog(connection: Connection, log: FollowedLog): Promise<void> {
  const { control, database } = connection;
  const { databaseName } = database;
  const doing = 'noting which log the documents follow';
  await connection.again(doing, (bounds) =>
    control.updateOne({ _id: ROW }, { $setOnInsert: { log: log.id } }, { upsert: true, ...bounds }).catch((error: unknown) => {
      // Another process notes it at the same moment.
      if (!isDuplicateKey(error)) throw error;
    }),
  );
  const row = await connection.again(doing, (bounds) => control.findOne({ _id: ROW }, { ...bounds }));
  if (row?.log !== log.id) {
    throw mixed(
      `Expected the documents in the database ${databaseName} to be folded from the log ${log.id}, found them of ${row?.log ?? 'no log'}; give this log a database of its own (MONGODB_URL), or drop that one: documents are folded again from the log`,
    );
  }
  const checkpoints = await connection.again('comparing the documents with the log', (bounds) =>
    control.find({ _id: CHECKPOINTS }, { ...bounds }).toArray(),
  );
  // Asked only now: another process may be appending and folding meanwhile.
  const end = await log.end();
  const ahead = checkpoints.find(({ position }) => position !== undefined && position > end);
  if (ahead === undefined) return;
  throw mixed(
    `Expected the log ${log.id} to hold what the documents in the database ${databaseName} were folded from, found that it ends at ${String(end)} before ${String(ahead.position)}; drop that database: documents are folded again from the log`,
  );
}

function mixed(message: string): EngineError {
  return new EngineError('data_folder_mixed', message);
}
