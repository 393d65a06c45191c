import { BACKWARDS, END, FORWARDS, START } from '@eventstore/db-client';
import type { AllStreamResolvedEvent, ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import { EngineError } from '../../../contracts/errors.js';
import { BEFORE_FIRST, type RecordedEvent } from '../../../contracts/events/event.js';
import { pullFrom } from './pull.js';
import type { Session } from './session.js';
import { within } from './timers.js';
import { createTurns } from '../../turns.js';
import { meaningOf, storeError } from './vendor-errors.js';
import { isEngineEvent, positionOf, recorded } from './wire-events.js';

/** At a hundred open calls the next one hangs: reads leave room for subscriptions and appends. */
const turns = createTurns(48);

/** Tries of a read: the client closes its whole connection when one call finds the server away, and fails what others just began on it. */
const TRIES = 3;

/** Reads a whole page, so that no call stays open while somebody thinks about its events. */
async function readPage<Event>(session: Session, doing: string, open: () => StreamingRead<Event>): Promise<readonly Event[]> {
  session.assertOpen();
  const since = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await turns(() => {
        const silence = session.silenceSince(since);
        return silence === undefined ? readOnce(session, doing, open()) : Promise.reject(silence);
      });
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === 'timed_out' || meaning === 'unreachable') session.suspect();
      if (meaning !== 'unreachable' || tries === TRIES) throw error;
    }
  }
}

async function readOnce<Event>(session: Session, doing: string, read: StreamingRead<Event>): Promise<readonly Event[]> {
  const pull = pullFrom<Event>(read);
  const page: Event[] = [];
  const { callMs } = session.timings;
  const expired = (): EngineError =>
    new EngineError('store_timeout', `Expected ${doing} at ${session.address} in ${String(callMs)} ms, found no answer`);
  try {
    for (;;) {
      const events = await within(callMs, pull.next(), () => {
        const error = expired();
        session.silent(error);
        return error;
      });
      session.alive();
      if (events === null) return page;
      for (const event of events) page.push(event);
    }
  } finally {
    read.cancel().catch(() => undefined);
  }
}

/** What to read of a stream; `from` absent: its first event, or its last backwards. */
export interface StreamPage {
  readonly stream: string;
  readonly backwards: boolean;
  readonly from: bigint | undefined;
  readonly count: number;
}

/** A page of a stream; nothing of one that does not exist. */
export async function readStreamPage(session: Session, page: StreamPage): Promise<readonly RecordedEvent[]> {
  const { stream, backwards, from, count } = page;
  if (stream === '' || (backwards && from !== undefined && from < 0n)) return [];
  const doing = `to read ${stream}`;
  try {
    const events = await readPage<ResolvedEvent>(session, doing, () =>
      session.client.readStream(stream, {
        direction: backwards ? BACKWARDS : FORWARDS,
        fromRevision: from ?? (backwards ? END : START),
        maxCount: count,
      }),
    );
    return events.flatMap(({ event }) => (event === undefined ? [] : [recorded(event)]));
  } catch (error) {
    if (meaningOf(error) === 'stream_absent') return [];
    throw storeError(error, doing, session.address);
  }
}

/** A page of all events, the server's own among them; `from` is inclusive. */
export async function readAllPage(session: Session, from: bigint, count: number): Promise<readonly AllStreamResolvedEvent[]> {
  const doing = `to read all events from ${String(from)}`;
  try {
    return await readPage(session, doing, () =>
      session.client.readAll({ fromPosition: from < 0n ? START : { commit: from, prepare: from }, maxCount: count }),
    );
  } catch (error) {
    throw storeError(error, doing, session.address);
  }
}

/** The position of the last record, whosever it is. */
export async function readHead(session: Session): Promise<bigint> {
  const [last] = await readBackwards(session, 1);
  return last?.event === undefined ? BEFORE_FIRST : positionOf(last.event);
}

/** The position of the last event of the engine. */
export async function readEngineHead(session: Session): Promise<bigint> {
  // The server writes little of its own between events: nearly always the first page has one.
  for (let count = 16; ; count *= 16) {
    const page = await readBackwards(session, count);
    const last = page.find(isEngineEvent);
    if (last !== undefined) return positionOf(last.event);
    if (page.length < count) return BEFORE_FIRST;
  }
}

async function readBackwards(session: Session, count: number): Promise<readonly AllStreamResolvedEvent[]> {
  const doing = 'to read the last events';
  try {
    return await readPage(session, doing, () =>
      session.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: count }),
    );
  } catch (error) {
    throw storeError(error, doing, session.address);
  }
}
