import type { NewEvent, Position, RecordedEvent } from '../../contracts/events/event.js';
import type { StreamCategory } from '../../contracts/events/streams.js';

/** `no_stream`: the stream must not exist. A bigint: the stream's last revision must be exactly this. */
export type ExpectedRevision = 'no_stream' | bigint;

/** Where the last event of an append stands. */
export interface AppendResult {
  readonly revision: bigint;
  readonly position: Position;
}

/**
 * Where one event of an `appendOnce` stands, and whether it stood there before the call. Of two processes that append the same ids at the same
 * head at the same moment both may be told that it did not: the event is stored once, and whose it is only reading it tells.
 */
export interface StoredAt extends AppendResult {
  readonly id: string;
  readonly duplicate: boolean;
}

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** The first revision to read, inclusive. Absent: the first (forwards) or the last (backwards). */
  readonly from?: bigint;
  readonly limit?: number;
}

export interface ReadAllOptions {
  /** Exclusive. `BEFORE_FIRST` reads everything. */
  readonly after: Position;
  readonly limit?: number;
  readonly categories?: readonly StreamCategory[];
}

export interface SubscribeOptions {
  /** Exclusive: the last position that was handled, or `BEFORE_FIRST`. */
  readonly after: Position;
  readonly categories?: readonly StreamCategory[];
  /** Ends the subscription; the iteration then finishes without an error. */
  readonly signal: AbortSignal;
}

export type SubscriptionMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  /** Every event up to here was delivered or did not match; comes in order between the events. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  /** Everything stored when the subscription looked last was delivered; comes again after falling behind. */
  | { readonly kind: 'caught_up'; readonly position: Position };

/**
 * The log: append-only streams, and the order of all events.
 *
 * Durability: an append resolves after its events are durable. Order: `$all` is one order, each stream a part of it in revision order.
 * Atomicity: the events of one append are stored together, one behind the other, or not at all; an event is readable and
 * delivered to subscribers only after it is durable. Event ids are to be unique in the store; a store may refuse (`event_id_taken`) an id it
 * holds elsewhere, and callers must not rely on being refused.
 *
 * Errors: `wrong_expected_revision` (details: stream, expected, actual as bigint, -1n for no stream), `event_id_taken`,
 * `corrupt_event` (details: position, absent where the damage leaves it unknown), `store_unavailable`, `store_timeout`, `append_outcome_unknown` (look the ids up, do not assume).
 */
export interface EventStore {
  /** Identifies the log for ever, also after a restart; part of every position that leaves the engine. */
  readonly id: string;

  /**
   * Appends at exactly `expected`. Idempotent for the same ids at the same expected revision: a repeat, even after others appended
   * behind it, resolves to where the events stand. For nothing else: any other repeat is `wrong_expected_revision`. At least one event.
   */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;

  /**
   * Reads from `after` (exclusive; -1n: from the start) to the head, leaves out events whose ids it finds there, appends the rest at exactly
   * that head and starts over when another writer was faster. Answers one entry an event, in the given order.
   */
  appendOnce(stream: string, after: bigint, events: readonly NewEvent[]): Promise<readonly StoredAt[]>;

  /** The events of a stream; nothing for a stream that does not exist. */
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;

  /** All events in position order. */
  readAll(options: ReadAllOptions): AsyncIterable<RecordedEvent>;

  /**
   * Everything behind `after`, then live, in order, never skipping and never repeating. Pulling slowly slows the reading, never the appends,
   * and memory stays bounded. Ends with `store_unavailable` only when reading is impossible; transient drops are resumed inside.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;

  /** The position of the last event, `BEFORE_FIRST` when there is none. */
  head(): Promise<Position>;

  /** The last revision of each stream, -1n of one that does not exist. */
  streamHeads(streams: readonly string[]): Promise<ReadonlyMap<string, bigint>>;

  /** Waits for appends in flight and releases everything. */
  close(): Promise<void>;
}
