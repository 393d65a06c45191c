import type { EventPin } from '../event-pins.port.js';
import type { PortableError } from './log-errors.js';

/** How much one answer holds at most: at least one event, then whichever limit comes first. */
export interface ChunkLimits {
  readonly events: number;
  readonly bytes: number;
}

export type ReaderQuery =
  /** Events behind `after` up to and with `until`, of some categories or of all. */
  | {
      readonly kind: 'all';
      readonly after: number;
      readonly until: number;
      readonly categories: readonly string[] | null;
      readonly limits: ChunkLimits;
    }
  | {
      readonly kind: 'stream';
      readonly stream: string;
      /** Infinity backwards means the last revision. */
      readonly from: number;
      readonly backwards: boolean;
      readonly limits: ChunkLimits;
    }
  | { readonly kind: 'stream_heads'; readonly streams: readonly string[] }
  | { readonly kind: 'pins'; readonly ids: readonly string[] };

/** Events packed by `packRows`. `scanned`: the last position (of a stream: revision) that was looked at; `done`: nothing further matches. */
export interface EventChunk {
  readonly packed: ArrayBuffer;
  readonly scanned: number;
  readonly done: boolean;
  /** Damage behind the events of this chunk. */
  readonly damage?: PortableError;
}

export type ReaderAnswer =
  | { readonly kind: 'chunk'; readonly chunk: EventChunk }
  /** In the order of the streams. */
  | { readonly kind: 'stream_heads'; readonly revisions: Float64Array }
  | { readonly kind: 'pins'; readonly pins: readonly EventPin[] }
  | { readonly kind: 'failed'; readonly error: PortableError };

export interface ReaderData {
  readonly file: string;
}

export type ReaderRequest = { readonly kind: 'queries'; readonly queries: readonly ReaderQuery[] } | { readonly kind: 'close' };

/** Answers come in the order of the queries. */
export type ReaderReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'answers'; readonly answers: readonly ReaderAnswer[] }
  | { readonly kind: 'failed'; readonly error: PortableError };
