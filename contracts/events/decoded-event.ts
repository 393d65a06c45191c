import type { JsonObject } from '../json.js';
import type { EventMetadata, Position, SealedPart } from './event.js';
import type { StreamRef } from './streams.js';

/** Where the value of one direct field can be opened: the sealed part itself, and what its encryption is bound to. */
export interface DirectReference {
  readonly part: SealedPart;
  readonly field: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly schema_version: number;
  /** The subject whose key sealed it, where that is not the customer it is read for: one of several who are one person. */
  readonly subject?: string;
}

/**
 * An event as folds see it: upcast to the newest version, `quasi` values opened into `data`, direct ones as references.
 * When a key is destroyed its fields are absent and `erased` is true.
 */
export interface DecodedEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: StreamRef;
  readonly revision: bigint;
  readonly position: Position;
  readonly metadata: EventMetadata;
  /** Plain and quasi values; what came in `context` is under `context`. */
  readonly data: JsonObject;
  readonly hashes: Readonly<Record<string, string>>;
  readonly direct: Readonly<Record<string, DirectReference>>;
  readonly erased: boolean;
}
