import type { Position } from '../../contracts/events/event.js';
import { EngineError } from '../../contracts/errors.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';

/** How the positions of a log relate to the order of its events: `counted` ones are 0, 1, 2 …, `opaque` ones only grow. */
export type PositionKind = 'counted' | 'opaque';

/** Translates between positions of a log and ordinals (the first event is 0), behind a walk through the log. */
export interface PositionTrail {
  /** The walk is at the event; it may leave events out, and what was passed before says nothing new. */
  passed(ordinal: number, position: Position): void;
  /** Of the last event that stands at the position or before it; both behind what was passed. */
  ordinalAt(position: Position): Promise<number>;
  /** Of an event that was passed. Errors: `corrupt_event` for one that was not. */
  positionOf(ordinal: number): Promise<Position>;
}

interface Mark {
  readonly ordinal: number;
  readonly position: Position;
}

/** Between two marks the log itself is read; a mark for each event would be the memory of the whole log. */
const EVENTS_A_MARK = 512;

/** A trail over a log, or over positions that need none. */
export function createPositionTrail(kind: PositionKind, log: Pick<EventStore, 'readAll'>): PositionTrail {
  return kind === 'counted' ? countedPositions : opaqueTrail(log);
}

const countedPositions: PositionTrail = {
  passed: () => undefined,
  ordinalAt: (position) => Promise.resolve(Number(position)),
  positionOf: (ordinal) => Promise.resolve(BigInt(ordinal)),
};

function opaqueTrail(log: Pick<EventStore, 'readAll'>): PositionTrail {
  const marks: Mark[] = [];
  let last: Mark = { ordinal: -1, position: -1n };
  /** Neighbouring events often name the same position. */
  let found: Mark = last;

  const markBefore = (isBehind: (mark: Mark) => boolean): Mark =>
    marks.findLast((mark) => !isBehind(mark)) ?? { ordinal: -1, position: -1n };

  return {
    passed(ordinal, position) {
      if (ordinal <= last.ordinal) return;
      last = { ordinal, position };
      const marked = marks.at(-1);
      if (marked === undefined || ordinal - marked.ordinal >= EVENTS_A_MARK) marks.push(last);
    },
    async ordinalAt(position) {
      if (found.position === position) return found.ordinal;
      const mark = markBefore((one) => one.position > position);
      let { ordinal } = mark;
      for await (const event of log.readAll({ after: mark.position })) {
        if (event.position > position) break;
        ordinal += 1;
      }
      found = { ordinal, position };
      return ordinal;
    },
    async positionOf(ordinal) {
      if (ordinal === last.ordinal) return last.position;
      if (ordinal === found.ordinal) return found.position;
      if (ordinal < 0 || ordinal > last.ordinal) throw notPassed(ordinal, last.ordinal);
      const mark = markBefore((one) => one.ordinal > ordinal);
      if (mark.ordinal === ordinal) return mark.position;
      let at = mark.ordinal;
      for await (const { position } of log.readAll({ after: mark.position, limit: ordinal - mark.ordinal })) {
        at += 1;
        if (at === ordinal) found = { ordinal, position };
      }
      if (found.ordinal !== ordinal) throw notPassed(ordinal, at);
      return found.position;
    },
  };
}

function notPassed(ordinal: number, last: number): EngineError {
  return new EngineError(
    'corrupt_event',
    `Expected an event to name a place in front of it in the log, found event ${String(ordinal)} behind event ${String(last)}`,
  );
}
