import { EngineError, isEngineError } from '../../../contracts/errors.js';
import { decideAppend, type AppendDecision } from './append-decision.js';
import type { FramedAppend, FramedEvent } from './append-frames.js';
import type { AppendOutcome, Placed } from './append-outcome.js';
import { asLogError } from './log-errors.js';
import { readLogState, type Database } from './log-file.js';
import { createLogLookup } from './log-lookup.js';
import { createLogRows } from './log-rows.js';
import { idKey, LogTail } from './log-tail.js';
import { rowChecksum } from './row-checksum.js';
import { createStreamDirectory, type WritableStream } from './stream-directory.js';
import { createTailMerger } from './tail-merge.js';
import { verifyRows } from './verify-rows.js';

/** The one writer of a log. */
export interface GroupCommitter {
  readonly storeId: string;
  /** Position behind the last durable event. */
  readonly next: number;
  /**
   * Decides each append by itself and makes all that are accepted durable in one transaction; answers when they are. Throws
   * `append_outcome_unknown` when the commit failed, and `store_unavailable` for everything after any failure:
   * then the log is to be opened anew.
   */
  commit(appends: readonly FramedAppend[]): readonly AppendOutcome[];
}

/** Rows merged into the lookup tables for each event of a group: more than one append adds (id, stream, name), so merging keeps up. */
const MERGE_RATE = 4;
const MERGE_LEAST = 512;

/** The writer over a log opened for writing. The tail, on which decisions rest, is verified first: damage there refuses to open. */
export function createGroupCommitter(db: Database, segmentEvents?: number): GroupCommitter {
  const { storeId, indexedTo } = readLogState(db);
  const rows = createLogRows(db);
  const tail = new LogTail(indexedTo, segmentEvents);
  verifyRows(db, rows, {
    from: indexedTo,
    each: ({ id, streamNumber, revision, stream }) => {
      tail.add({ key: idKey(id), stream: streamNumber, revision, ...(revision === 0 && { name: stream }) });
    },
  });
  const lookup = createLogLookup(db, tail, rows);
  const directory = createStreamDirectory(db, lookup);
  const merger = createTailMerger(db, tail, storeId);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const insertEvent = db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)');
  const insertCategory = db.prepare('INSERT INTO by_category VALUES (?, ?)');
  let failure: EngineError | undefined;

  function write(stream: WritableStream, event: FramedEvent): Placed {
    const begins = stream.head < 0;
    if (begins) directory.begin(stream);
    const position = tail.next;
    const revision = stream.head + 1;
    const checksum = rowChecksum(stream.nameCrc, revision, position, event.id, event.body);
    insertEvent.run(position, stream.number, revision, event.id, checksum, event.body);
    insertCategory.run(stream.category, position);
    tail.add({ key: event.key, stream: stream.number, revision, ...(begins && { name: stream.name }) });
    stream.head = revision;
    return { revision, position, duplicate: false };
  }

  /** A refusal concerns its append alone; a log that cannot be read at all concerns everyone. */
  function decide(append: FramedAppend): { readonly stream: WritableStream; readonly decision: AppendDecision } | EngineError {
    try {
      const stream = directory.find(append.stream);
      return { stream, decision: decideAppend(append, stream, { lookup, rows }) };
    } catch (error) {
      const known = asLogError(error, 'unknown');
      if (known.code === 'store_unavailable') throw known;
      return known;
    }
  }

  function settle(append: FramedAppend): AppendOutcome {
    const decided = decide(append);
    if (isEngineError(decided)) return { refusal: decided };
    const placed = decided.decision.map((part) => ('position' in part ? part : write(decided.stream, part)));
    return { placed: append.kind === 'append' ? placed.slice(-1) : placed };
  }

  function settleAll(appends: readonly FramedAppend[]): readonly AppendOutcome[] {
    const before = tail.next;
    begin.run();
    const outcomes = appends.map(settle);
    merger.advance(Math.max(MERGE_LEAST, (tail.next - before) * MERGE_RATE));
    return outcomes;
  }

  function poison(error: unknown): EngineError {
    const cause = error instanceof Error ? error.message : String(error);
    failure = new EngineError(
      'store_unavailable',
      `The log takes no more appends since one failed (${cause}); it is opened anew once that is possible`,
      {
        cause: error,
      },
    );
    // Before the commit nothing is stored. What is in memory may say otherwise, which is one more reason to stop here.
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
    return failure;
  }

  return {
    storeId,
    get next() {
      return tail.next;
    },
    commit(appends) {
      if (failure !== undefined) throw failure;
      let outcomes: readonly AppendOutcome[];
      try {
        outcomes = settleAll(appends);
      } catch (error) {
        throw poison(error);
      }
      try {
        commit.run();
      } catch (error) {
        const { message } = poison(error);
        throw new EngineError('append_outcome_unknown', `${message}; look the events up then`, { cause: error });
      }
      return outcomes;
    },
  };
}
