import { statSync } from 'node:fs';
import type { FramedAppend } from './append-frames.js';
import type { AppendOutcome } from './append-outcome.js';
import { createGroupCommitter, type GroupCommitter } from './group-commit.js';
import { damaged } from './log-errors.js';
import { openLogForWriting, type Database } from './log-file.js';
import type { WriterData } from './writer-protocol.js';

const RETRY_MS = 1000;

/** The one writer of a log file, which opens the file anew after a failure. */
export interface LogWriter {
  readonly storeId: string;
  /** Position behind the last durable event. */
  readonly next: number;
  /** As of `GroupCommitter`; after a failure everything is refused until the file was opened anew. */
  commit(appends: readonly FramedAppend[]): readonly AppendOutcome[];
  close(): void;
}

export interface LogWriterOptions extends WriterData {
  /** Is called when the writer takes appends again. */
  readonly onRecovered: () => void;
  /** How long it waits before each try; a second unless said otherwise. */
  readonly retryMs?: number;
}

/**
 * Opens the log for writing. After a failed append nothing in memory is trusted any more: the file is opened and its tail verified as
 * at a start, each second until that succeeds.
 */
export function openLogWriter(options: LogWriterOptions): LogWriter {
  const { file, segmentEvents, newStoreId, onRecovered, retryMs = RETRY_MS } = options;
  let db = openLogForWriting(file, newStoreId);
  let committer = createGroupCommitter(db, segmentEvents);
  const { storeId } = committer;
  let durable = committer.next;
  let retry: NodeJS.Timeout | undefined;

  function reopen(): GroupCommitter {
    if (db.isOpen) db.close();
    // Opening would make a log where there is none any more.
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) throw damaged('unknown', 'no file');
    db = openLogForWriting(file);
    emptyJournal(db);
    const opened = createGroupCommitter(db, segmentEvents);
    if (opened.storeId !== storeId) throw damaged('unknown', `another log, ${opened.storeId}`);
    if (opened.next < durable) throw damaged(opened.next, 'the end of the log');
    return opened;
  }

  function recoverLater(): void {
    retry ??= setTimeout(() => {
      retry = undefined;
      try {
        committer = reopen();
        durable = committer.next;
      } catch {
        recoverLater();
        return;
      }
      onRecovered();
    }, retryMs);
  }

  return {
    storeId,
    get next() {
      return durable;
    },
    commit(appends) {
      try {
        const outcomes = committer.commit(appends);
        durable = committer.next;
        return outcomes;
      } catch (error) {
        recoverLater();
        throw error;
      }
    },
    close() {
      clearTimeout(retry);
      if (db.isOpen) db.close();
    },
  };
}

/**
 * Brings what is committed into the database itself, and both to the disk. After a failed sync the system may take pages of the journal for
 * written that are not; what is committed behind them would not survive a loss of power. It also shows that the disk has room.
 */
function emptyJournal(db: Database): void {
  // The pragma answers one row; its first column is 1 when a reader kept it from finishing.
  const [busy] = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as unknown as readonly [number];
  if (busy !== 0) throw new Error('expected to empty the journal of the log, found a reader in the way');
}
