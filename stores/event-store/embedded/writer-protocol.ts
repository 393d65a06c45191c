import type { PackedOutcomes } from './append-outcome.js';
import type { PortableError } from './log-errors.js';

/** What the writer thread is started with. */
export interface WriterData {
  readonly file: string;
  /** Size of a segment of the tail, when it is not to be the usual one. */
  readonly segmentEvents?: number;
  /** The id of a log that is made, when it is to be a certain one. */
  readonly newStoreId?: string;
}

/** To the writer: appends packed by `packAppends`, or the wish to close. */
export type WriterRequest = { readonly kind: 'appends'; readonly packed: ArrayBuffer } | { readonly kind: 'close' };

/** From the writer. Outcomes come in the order of the appends; a failure concerns the next `count` appends; `messages` is how many are answered. */
export type WriterReply =
  | { readonly kind: 'opened'; readonly storeId: string; readonly next: number }
  | { readonly kind: 'not_opened'; readonly error: PortableError }
  | { readonly kind: 'outcomes'; readonly outcomes: PackedOutcomes; readonly messages: number; readonly next: number }
  /** After a failure: appends are taken again. */
  | { readonly kind: 'recovered'; readonly next: number }
  | { readonly kind: 'failed'; readonly count: number; readonly messages: number; readonly error: PortableError };
