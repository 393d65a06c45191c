import type { Position, RecordedEvent } from '../../../contracts/events/event.js';
import { CatchUpSubscription } from './catch-up-subscription.js';
import { readHead } from './read-pages.js';
import type { Session } from './session.js';
import { pause } from './timers.js';

/** Events that came together, in log order. */
export interface TailGroup {
  /** Everything behind this and up to `to` is in `events`. */
  readonly after: Position;
  readonly to: Position;
  readonly events: readonly RecordedEvent[];
}

/** Whoever falls further behind reads the log. */
const KEPT_EVENTS = 2048;
const KEPT_GROUPS = 1024;
const RETRY_MS = 250;

/**
 * The newest events of the log, read once for all subscriptions of the process: each event is decoded once, and a subscriber that works
 * on what it has does not make the server end its subscription. Without subscribers nothing is read.
 */
export class LiveTail {
  readonly #session: Session;
  readonly #sleepers = new Set<() => void>();
  #groups: TailGroup[] = [];
  #events = 0;
  #users = 0;
  #stopping: AbortController | undefined;
  /** Everything behind `from` and up to `to` was read. */
  #range: { readonly from: Position; readonly to: Position } | undefined;
  #caughtUp = false;
  #failure: unknown;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Counts a subscriber in; answers how to count it out again. */
  join(): () => void {
    this.#users += 1;
    if (this.#stopping === undefined) this.#start();
    let joined = true;
    return () => {
      if (!joined) return;
      joined = false;
      this.#users -= 1;
      if (this.#users === 0) this.#stop();
    };
  }

  /** Whether everything behind the position is here or will come here. */
  covers(position: Position): boolean {
    return this.#range !== undefined && position >= this.#range.from;
  }

  /** The group with the events behind the position; undefined when there is none yet. Only for a position that is covered. */
  behind(position: Position): TailGroup | undefined {
    let low = 0;
    let high = this.#groups.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#groups[middle]?.to ?? position) > position) high = middle;
      else low = middle + 1;
    }
    const group = this.#groups[low];
    return group !== undefined && group.to > position ? group : undefined;
  }

  /** True when nothing was stored behind the last event here when the server was asked last. */
  isCaughtUp(): boolean {
    return this.#caughtUp;
  }

  /** Throws what ended the reading for good. */
  assertReading(): void {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the subscription threw, an error of the engine
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Calls `wake` once when something has come. */
  sleep(wake: () => void): void {
    this.#sleepers.add(wake);
  }

  forget(wake: () => void): void {
    this.#sleepers.delete(wake);
  }

  #start(): void {
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#follow(stopping.signal).catch((error: unknown) => {
      if (stopping.signal.aborted) return;
      this.#failure = error;
      this.#wakeAll();
    });
  }

  #stop(): void {
    this.#stopping?.abort();
    this.#stopping = undefined;
    this.#groups = [];
    this.#events = 0;
    this.#range = undefined;
    this.#caughtUp = false;
    this.#failure = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const after = await this.#end(signal);
    if (after === null) return;
    this.#range = { from: after, to: after };
    const subscription = new CatchUpSubscription(this.#session, { after, signal });
    try {
      for (;;) {
        const messages = await subscription.next();
        if (messages === null || signal.aborted) return;
        const events: RecordedEvent[] = [];
        let to = this.#range.to;
        for (const message of messages) {
          if (message.kind === 'event') events.push(message.event);
          const position = message.kind === 'event' ? message.event.position : message.position;
          if (position > to) to = position;
          // A checkpoint is an event of the server's own; those come at any time.
          if (message.kind === 'caught_up') this.#caughtUp = true;
        }
        this.#keep({ after: this.#range.to, to, events });
        this.#wakeAll();
      }
    } finally {
      subscription.close();
    }
  }

  /** Where the log ends, as soon as the server says it; null when nobody wants to know any more. */
  async #end(signal: AbortSignal): Promise<Position | null> {
    for (;;) {
      try {
        const head = await readHead(this.#session);
        return signal.aborted ? null : head;
      } catch (error) {
        this.#session.assertOpen();
        this.#session.away(error instanceof Error ? error.message : String(error));
        await pause(RETRY_MS, signal);
        if (signal.aborted) return null;
      }
    }
  }

  #keep(group: TailGroup): void {
    let from = this.#range?.from ?? group.after;
    if (group.to > group.after) this.#groups.push(group);
    this.#events += group.events.length;
    while (this.#groups.length > 1 && (this.#events > KEPT_EVENTS || this.#groups.length > KEPT_GROUPS)) {
      const dropped = this.#groups.shift();
      this.#events -= dropped?.events.length ?? 0;
      from = dropped?.to ?? from;
    }
    this.#range = { from, to: group.to };
  }

  #wakeAll(): void {
    const woken = [...this.#sleepers];
    this.#sleepers.clear();
    for (const wake of woken) wake();
  }
}
