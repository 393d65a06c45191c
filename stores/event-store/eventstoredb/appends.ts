import { WrongExpectedVersionError, type EventData } from '@eventstore/db-client';
import { EngineError } from '../../../contracts/errors.js';
import type { NewEvent } from '../../../contracts/events/event.js';
import type { AppendResult, ExpectedRevision } from '../event-store.port.js';
import { createAppendGate } from './append-gate.js';
import { readStreamPage } from './read-pages.js';
import type { Session } from './session.js';
import { pause, within } from './timers.js';
import { meaningOf, storeError } from './vendor-errors.js';
import { eventData } from './wire-events.js';

/** The server's deadline is one of its own clock: far enough that clocks may differ. Ours is the timer around the call. */
const SERVER_DEADLINE_MS = 120_000;
/** Sends of the same events at the same revision before the outcome is left unknown. */
const SENDS = 3;
/** Above this the server answered "no position" as an unsigned number. */
const LARGEST_POSITION = 2n ** 63n - 1n;

/** An append whose outcome is known when it resolves, or that says that it is not. */
export type Append = (stream: string, expected: ExpectedRevision, events: readonly NewEvent[]) => Promise<AppendResult>;

/** Appends at exactly the given revision; repeats, if need be, with the same ids at that same revision and no other. */
export function createAppend(session: Session): Append {
  const gate = createAppendGate();

  return (stream, expected, events) => {
    const { data, bytes } = eventData(stream, events);
    const order = { stream, expected, events, data, since: performance.now() };
    return gate(bytes, () => settle(order));
  };

  async function settle(order: Order): Promise<AppendResult> {
    const silence = session.silenceSince(order.since);
    if (silence !== undefined) throw storeError(silence, `to append to ${order.stream}`, session.address);
    await session.connected().catch((error: unknown) => {
      throw storeError(error, `to append to ${order.stream}`, session.address);
    });
    for (let sends = 1; ; sends += 1) {
      try {
        return await send(order);
      } catch (error) {
        const refused = refusal(order, error);
        if (refused !== null) throw refused;
        session.suspect();
        const found = await lookUp(order, error);
        if (found !== null) return found;
        if (sends === SENDS) throw unknown(order, error);
      }
    }
  }

  async function send({ stream, expected, data }: Order): Promise<AppendResult> {
    const answer = await within(
      session.timings.callMs,
      session.client.appendToStream(stream, data, { expectedRevision: expected, deadline: SERVER_DEADLINE_MS }),
      () => {
        const { callMs } = session.timings;
        const error = new EngineError(
          'store_timeout',
          `Expected an answer to an append to ${stream} in ${String(callMs)} ms, found none`,
        );
        session.silent(error);
        return error;
      },
    );
    session.alive();
    const revision = answer.nextExpectedRevision;
    const position = answer.position?.commit;
    if (position !== undefined && position <= LARGEST_POSITION) return { revision, position };
    const [last] = await readStreamPage(session, { stream, backwards: false, from: revision, count: 1 });
    return { revision, position: last?.position ?? -1n };
  }

  /** What says for certain that nothing was stored; null when that is not certain. */
  function refusal(order: Order, error: unknown): EngineError | null {
    switch (meaningOf(error)) {
      case 'wrong_revision': {
        const actual =
          error instanceof WrongExpectedVersionError && typeof error.actualVersion === 'bigint' ? error.actualVersion : -1n;
        return wrongRevision(order, actual);
      }
      case 'too_large':
        return new EngineError(
          'invalid_input',
          `Expected an append to ${order.stream} that the server takes, found one too large for it`,
          {
            details: { stream: order.stream },
          },
        );
      case 'access_denied':
      case 'stream_tombstoned':
        return storeError(error, `to append to ${order.stream}`, session.address);
      case 'stream_absent':
      case 'consumer_too_slow':
      case 'timed_out':
      case 'unreachable':
      case 'unknown':
        return null;
    }
  }

  /** Looks where the events would stand, for a while if the server is away; null when they are not there. */
  async function lookUp(order: Order, cause: unknown): Promise<AppendResult | null> {
    const until = performance.now() + session.timings.outcomeMs;
    for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
      try {
        return await look(order);
      } catch (error) {
        if (error instanceof EngineError && error.code === 'wrong_expected_revision') throw error;
        if (session.closed.aborted || performance.now() + wait > until) throw unknown(order, cause);
        await pause(wait, session.closed);
      }
    }
  }

  async function look(order: Order): Promise<AppendResult | null> {
    const from = order.expected === 'no_stream' ? 0n : order.expected + 1n;
    const there = await readStreamPage(session, { stream: order.stream, backwards: false, from, count: order.events.length });
    const last = there.at(-1);
    if (last === undefined) return null;
    if (there.length === order.events.length && order.events.every(({ id }, index) => there[index]?.id === id))
      return { revision: last.revision, position: last.position };
    const [head] = await readStreamPage(session, { stream: order.stream, backwards: true, from: undefined, count: 1 });
    throw wrongRevision(order, head?.revision ?? -1n);
  }

  function unknown(order: Order, cause: unknown): EngineError {
    const ids = order.events.map((event) => event.id);
    return new EngineError(
      'append_outcome_unknown',
      `Expected an answer to an append of ${String(ids.length)} events to ${order.stream} at ${session.address}, found none; they may be stored`,
      { details: { stream: order.stream, event_ids: ids }, cause },
    );
  }
}

interface Order {
  readonly since: number;
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
  readonly data: EventData[];
}

function wrongRevision({ stream, expected }: Order, actual: bigint): EngineError {
  const at = expected === 'no_stream' ? -1n : expected;
  return new EngineError(
    'wrong_expected_revision',
    `Expected ${at < 0n ? 'no stream' : `revision ${String(at)}`} in ${stream}, found ${actual < 0n ? 'no stream' : `revision ${String(actual)}`}`,
    { details: { stream, expected: at, actual } },
  );
}
