import type { ErrorCode } from '../../../contracts/error-catalogue.js';
import type { DocumentPatch, Fence, FindOptions, IndexSpec, Lease, SortKey } from '../document-store.port.js';
import type { FieldPath } from '../filter.js';
import type { PageEnd } from '../page-cursor.js';

/** Rows on their way between the threads, column by column, which copies much faster than objects; a body is null for a tombstone. */
export interface Rows {
  readonly ids: readonly string[];
  readonly positions: BigInt64Array;
  readonly bodies: readonly (string | null)[];
}

/** The expected position of a document of which nothing may be stored. */
export const NOTHING = -2n;

export interface WriteRows extends Rows {
  readonly expected: BigInt64Array;
  readonly expiries: readonly (number | null)[];
}

/** A patch whose value is JSON text; null takes the field away. */
export interface PatchRows extends Omit<DocumentPatch, 'value'> {
  readonly json: string | null;
}

export interface Selection extends Pick<FindOptions, 'idPrefix' | 'filter'> {
  readonly collection: string;
  /** In ms since 1970; decides what has expired. */
  readonly now: number;
}

export interface PageQuery extends Selection {
  readonly limit: number;
  readonly sort?: SortKey;
  readonly after?: PageEnd;
  readonly without?: readonly string[];
}

export interface PageRows {
  readonly rows: Rows;
  readonly more: boolean;
}

/** The log that documents are folded from, and its last position when it was opened. */
export interface FollowedLog {
  readonly id: string;
  readonly head: bigint;
}

/** Why documents cannot have been folded from a log. */
export type Unfollowable = 'of_another_log' | 'ahead_of_the_log';

/** What the worker can be asked: for each operation its arguments and its result. */
export interface Operations {
  ensureCollection: { arguments: { readonly collection: string; readonly indexes: readonly IndexSpec[] }; result: undefined };
  listCollections: { arguments: undefined; result: readonly string[] };
  dropCollection: { arguments: { readonly collection: string }; result: undefined };
  /** Takes away a bounded part of what was dropped; says whether there may be more. */
  sweepDropped: { arguments: undefined; result: boolean };
  getMany: {
    arguments: { readonly collection: string; readonly ids: readonly string[]; readonly now: number };
    result: Rows;
  };
  put: {
    arguments: {
      readonly collection: string;
      readonly writes: WriteRows;
      readonly fence?: Fence;
      readonly now: number;
    };
    /** The indexes of the writes that lost. */
    result: readonly number[];
  };
  patch: {
    arguments: { readonly collection: string; readonly patch: PatchRows; readonly fence?: Fence; readonly now: number };
    /** The ids of the documents that were changed. */
    result: readonly string[];
  };
  find: { arguments: PageQuery; result: PageRows };
  count: { arguments: Selection; result: number };
  countBy: { arguments: Selection & { readonly path: FieldPath }; result: readonly (readonly [string, number])[] };
  purgeExpired: { arguments: { readonly now: number }; result: number };
  /** Done behind the group: what a transaction replaced leaves the WAL only after its commit. */
  scrub: { arguments: undefined; result: undefined };
  readCheckpoint: { arguments: { readonly name: string }; result: bigint | null };
  writeCheckpoint: { arguments: { readonly name: string; readonly position: bigint; readonly fence?: Fence }; result: undefined };
  dropCheckpoint: { arguments: { readonly name: string }; result: undefined };
  /** Remembers the log that is folded, unless the file was folded from another one or further than it goes; says which. */
  followLog: { arguments: FollowedLog; result: 'followed' | Unfollowable };
  /** Writes something that changes nothing. */
  probe: { arguments: undefined; result: undefined };
  acquireLease: {
    arguments: { readonly name: string; readonly holder: string; readonly now: number; readonly ttlMs: number };
    result: Lease | null;
  };
  releaseLease: { arguments: { readonly lease: Lease }; result: undefined };
}

export type OperationName = keyof Operations;
export type Arguments<Name extends OperationName> = Operations[Name]['arguments'];
export type Result<Name extends OperationName> = Operations[Name]['result'];

/** One request; with a name, the request for that operation. */
export type Request<Name extends OperationName = OperationName> = {
  [Each in Name]: { readonly operation: Each; readonly arguments: Arguments<Each> };
}[Name];

/** An error on its way between the threads. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type Answer =
  { readonly ok: true; readonly result: Result<OperationName> } | { readonly ok: false; readonly failure: Failure };

/** To the worker: everything that waited, or the end. */
export type ToWorker = { readonly kind: 'requests'; readonly requests: readonly Request[] } | { readonly kind: 'close' };

/** From the worker: opened or not, and for each group of requests its answers in order. */
export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] };
