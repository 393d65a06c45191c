import { writeLogState, type Database } from './log-file.js';
import type { LogTail, TailSegment } from './log-tail.js';

interface Merge {
  readonly segment: TailSegment;
  readonly steps: Iterator<void>;
}

/** Moves full segments of the tail into the lookup tables, a slice with each group, so that no group waits for a whole segment. */
export interface TailMerger {
  /** Does up to `rows` steps within the caller's transaction. */
  advance(rows: number): void;
}

/** A merger for the writer's tail. Merging again what an earlier process had begun changes nothing. */
export function createTailMerger(db: Database, tail: LogTail, storeId: string): TailMerger {
  const putId = db.prepare('INSERT OR REPLACE INTO by_id VALUES (?, ?)');
  const putStream = db.prepare('INSERT OR REPLACE INTO by_stream VALUES (?, ?, ?)');
  const putName = db.prepare('INSERT OR REPLACE INTO by_name VALUES (?, ?)');
  let merge: Merge | undefined;

  /** In key order, so that rows that share a page are written together. */
  function* stepsOf(segment: TailSegment): Generator<void, void> {
    for (const key of [...segment.ids.keys()].sort()) {
      putId.run(Buffer.from(key, 'latin1'), segment.ids.get(key));
      yield;
    }
    for (const stream of Float64Array.from(segment.runs.keys()).sort()) {
      const run = segment.runs.get(stream);
      for (const [index, position] of run?.positions.entries() ?? []) {
        putStream.run(stream, (run?.first ?? 0) + index, position);
        yield;
      }
    }
    for (const name of [...segment.names.keys()].sort()) {
      putName.run(name, segment.names.get(name));
      yield;
    }
  }

  return {
    advance(rows) {
      for (let left = rows; left > 0; left -= 1) {
        const segment = merge?.segment ?? tail.full;
        if (segment === undefined) return;
        merge ??= { segment, steps: stepsOf(segment) };
        if (merge.steps.next().done !== true) continue;
        writeLogState(db, { storeId, indexedTo: segment.to });
        tail.dropBelow(segment.to);
        merge = undefined;
      }
    },
  };
}
