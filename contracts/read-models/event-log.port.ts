import type { Position } from '../events/event.js';
import type { StreamCategory } from '../events/streams.js';
import type { Json, JsonObject } from '../json.js';

/** An event as those see it who follow the log: personal values are masked. */
export interface TailEntry {
  readonly event_id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: string;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly source: string;
  readonly message_id: string;
  readonly properties: Readonly<Record<string, Json>>;
}

/** What a tail says: an event, or only how far the log has been looked at. */
export type TailMessage =
  | { readonly kind: 'event'; readonly entry: TailEntry; readonly position: Position }
  | { readonly kind: 'progress'; readonly position: Position };

export interface TailOptions {
  /** Exclusive; absent: the head, so that only new events come. */
  readonly after?: Position;
  readonly categories: readonly StreamCategory[];
  readonly signal: AbortSignal;
}

/** An event of a stream as it is stored: of sealed fields there are only the names, by class. */
export interface StoredEntry {
  readonly event_id: string;
  readonly type: string;
  readonly revision: string;
  readonly position: Position;
  readonly metadata: Readonly<Record<string, string | number>>;
  readonly plain: JsonObject;
  readonly hashes: Readonly<Record<string, string>>;
  readonly sealed_fields: Readonly<Record<string, readonly string[]>>;
}

/** Reads of the log itself, limited to one workspace. */
export interface EventLog {
  /** The workspace's events behind `after`, then live, in log order, until the signal aborts. */
  tail(workspace: string, options: TailOptions): AsyncIterable<TailMessage>;
  /** The events of a stream from revision `from` on, oldest first; none for a stream of another workspace. */
  stream(
    workspace: string,
    name: string,
    options: { readonly from: bigint; readonly limit: number },
  ): Promise<readonly StoredEntry[]>;
}
