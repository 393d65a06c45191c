import type { EventStoreDBClient } from '@eventstore/db-client';
import { EngineError } from '../../../contracts/errors.js';

/** How long things may take, in milliseconds. */
export interface Timings {
  /** A call that has not answered, or a read that gave nothing more, by then is given up. */
  readonly callMs: number;
  /** For so long after an append of unknown outcome its events are looked for. */
  readonly outcomeMs: number;
  /** An append that comes so long after the last sign of life asks first whether the server is there. */
  readonly quietMs: number;
}

/** When nothing else is said. */
export const usualTimings: Timings = { callMs: 5000, outcomeMs: 5000, quietMs: 1000 };

/** What every part of the adapter works with. */
export interface Session {
  readonly client: EventStoreDBClient;
  readonly address: string;
  readonly timings: Timings;
  /** Aborted when the store is closed. */
  readonly closed: AbortSignal;
  /** Throws what calls after closing are refused with. */
  assertOpen(): void;
  /** Makes sure of the server before something is sent whose outcome would be unknown if it were away. */
  connected(): Promise<void>;
  alive(): void;
  suspect(): void;
  /** Something was not answered in time. */
  silent(error: EngineError): void;
  /** What was not answered since then (`performance.now()`), if nothing was answered after it: who has waited behind it need not wait for the same. */
  silenceSince(since: number): EngineError | undefined;
  /** Tells whoever opened the store that the server is not there. */
  away(reason: string): void;
}

/** What a session is made of. */
export interface SessionParts {
  readonly address: string;
  readonly timings: Timings;
  readonly closed: AbortSignal;
  /** Asks the server something small. */
  readonly probe: (session: Session) => Promise<unknown>;
  readonly onAway: (reason: string) => void;
}

/** A session over a client; `closed` ends it. */
export function createSession(client: EventStoreDBClient, { address, timings, closed, probe, onAway }: SessionParts): Session {
  let aliveAt = -Infinity;
  let asking: Promise<void> | undefined;
  let silence: { readonly at: number; readonly error: EngineError } | undefined;

  async function ask(): Promise<void> {
    try {
      await probe(session);
    } finally {
      asking = undefined;
    }
  }

  const session: Session = {
    client,
    address,
    timings,
    closed,
    assertOpen() {
      if (closed.aborted) throw closedError(address);
    },
    async connected() {
      if (performance.now() - aliveAt > timings.quietMs) await (asking ??= ask());
    },
    alive() {
      aliveAt = performance.now();
      silence = undefined;
    },
    suspect: () => (aliveAt = -Infinity),
    silent(error) {
      silence = { at: performance.now(), error };
    },
    silenceSince: (since) => (silence !== undefined && silence.at >= since ? silence.error : undefined),
    away: onAway,
  };
  return session;
}

/** What everything is refused with once the store is closed. */
export function closedError(address: string): EngineError {
  return new EngineError('store_unavailable', `Expected an open event store at ${address}, found it closed`);
}
