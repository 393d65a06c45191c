import type { Position } from '../../contracts/events/event.js';
import type { Json, JsonObject } from '../../contracts/json.js';
import type { FieldPath, Filter } from './filter.js';

/** A document as stored; a tombstone has no body. `position` is the log position that the document includes. */
export interface StoredDocument {
  readonly id: string;
  readonly position: Position;
  readonly body: JsonObject | null;
}

/** A compare-and-set write: it happens only if the stored position is `expected` (`none`: nothing stored, not even a tombstone). */
export interface DocumentWrite {
  readonly id: string;
  readonly expected: Position | 'none';
  readonly position: Position;
  /** null writes a tombstone. */
  readonly body: JsonObject | null;
  /** In ms since 1970: from then on it is as if the document or tombstone had never been stored. Absent: never. */
  readonly expires_at?: number;
}

/** One field, set or taken away alike in many documents. */
export interface DocumentPatch {
  readonly ids: readonly string[];
  /** Only documents that are there and stand at this position or before it are changed. */
  readonly through: Position;
  /** Where those that are changed stand afterwards; behind `through`. */
  readonly position: Position;
  /** Of keys; what is missing on the way to the field is made, and what is there is an object. */
  readonly path: FieldPath;
  /** Absent: the field is taken away. */
  readonly value?: Json;
}

/** For each write, in the given order: done, or lost against another writer (read again, decide again). */
export type WriteOutcome = 'written' | 'conflict';

/** The lease under which a processor writes: refused (`fenced`) once a newer epoch of the lease exists. */
export interface Fence {
  readonly lease: string;
  readonly epoch: bigint;
}

export interface SortKey {
  readonly path: FieldPath;
  readonly direction: 'asc' | 'desc';
}

export interface FindOptions {
  /** Ids that begin with this; collections that hold several workspaces begin their ids with `<workspace>/`. */
  readonly idPrefix?: string;
  readonly filter?: Filter;
  /**
   * At most one key; ties, and everything without it, are in id order (code points). Documents without a string, number or boolean in the
   * field come last, whatever the direction. A field is expected to hold one type; the order between types is the adapter's.
   */
  readonly sort?: SortKey;
  /** 1 to 10,000. */
  readonly limit: number;
  /** Of an earlier answer for the same query (collection, `idPrefix`, `filter`, `sort`); any other is `invalid_input`. */
  readonly cursor?: string;
  /** Only ids behind this one; for walks in id order, not together with `sort` or `cursor`. */
  readonly afterId?: string;
  /** Fields at the top of each body that are left out of the answer; not together with `sort`. */
  readonly without?: readonly string[];
}

export interface DocumentPage {
  readonly documents: readonly (StoredDocument & { readonly body: JsonObject })[];
  /** null on the last page. */
  readonly nextCursor: string | null;
}

export interface IndexSpec {
  readonly name: string;
  readonly paths: readonly FieldPath[];
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: bigint;
}

/**
 * The read models: collections of JSON documents, each guarded alone by the log position that it carries.
 *
 * Ordering: none between documents. Atomicity: one document; a bulk is unordered and may be applied in part when it fails.
 * Durability: what is written before a checkpoint is there when the checkpoint is; everything can be rebuilt from the log.
 * Bounds: names of collections, indexes, checkpoints and leases are `[a-z0-9][a-zA-Z0-9_.@:/-]*` of at most 120 characters; ids are 1 to
 * 512 characters without control characters; bodies are at most 100 levels deep and 16 million characters of JSON, their keys without U+0000.
 * A collection that does not exist reads as empty; writing to it is `invalid_input`.
 * Errors: `fenced`, `store_unavailable`, `store_timeout`, `invalid_input` (a value that JSON cannot hold, a null, NaN, a foreign cursor).
 */
export interface DocumentStore {
  /** Creates the collection and its indexes if absent; drops indexes that are no longer named, builds those whose paths changed anew. */
  ensureCollection(collection: string, indexes: readonly IndexSpec[]): Promise<void>;
  listCollections(): Promise<readonly string[]>;
  dropCollection(collection: string): Promise<void>;

  get(collection: string, id: string): Promise<StoredDocument | null>;
  /** The documents and tombstones found, by id. */
  getMany(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** Compare-and-set writes, each id at most once; `position` may equal `expected`. When fenced, nothing is written. */
  put(collection: string, writes: readonly DocumentWrite[], fence?: Fence): Promise<readonly WriteOutcome[]>;

  /** Changes one field of many documents without their bodies being read; answers the ids of those changed. When fenced, none is. */
  patch(collection: string, patch: DocumentPatch, fence?: Fence): Promise<ReadonlySet<string>>;

  /** A page of documents; tombstones and expired documents are never seen. */
  find(collection: string, options: FindOptions): Promise<DocumentPage>;
  count(collection: string, options: Pick<FindOptions, 'idPrefix' | 'filter'>): Promise<number>;
  /** Documents per value of one string field; documents that hold no string there are not counted. */
  countBy(
    collection: string,
    path: FieldPath,
    options: Pick<FindOptions, 'idPrefix' | 'filter'>,
  ): Promise<ReadonlyMap<string, number>>;
  /** Forgets what has expired by `now` (ms); answers how many. */
  purgeExpired(now: number): Promise<number>;

  /** What was deleted or replaced before the call is not left in files that this process can reach; a server takes care of its own. */
  scrub(): Promise<void>;

  readCheckpoint(name: string): Promise<Position | null>;
  writeCheckpoint(name: string, position: Position, fence?: Fence): Promise<void>;
  dropCheckpoint(name: string): Promise<void>;

  /**
   * Takes or renews the lease until `now + ttlMs`; null while another holder's has not run out. A new holder gets a higher epoch, and so does
   * whoever takes it after a release; a holder whom nobody replaced keeps the epoch.
   */
  acquireLease(name: string, holder: string, times: { readonly now: number; readonly ttlMs: number }): Promise<Lease | null>;
  /** Gives the lease up at once; nothing happens if it is no longer held. */
  releaseLease(lease: Lease): Promise<void>;

  close(): Promise<void>;
}
