import type { JsonObject } from '../json.js';
import type { PlanViolation } from '../tracking-plans/tracking-plan.js';

/** How personal a field is; see `docs/explanation/privacy.md`. Undeclared fields are `quasi`. */
export type PiiClass = 'direct' | 'special' | 'quasi' | 'none';

/** Personal values of one event, encrypted together: base64 `iv` and `ct` (AES-256-GCM, tag at the end), `fields` names what is inside. */
export interface SealedPart {
  /** `direct` holds direct and special values, `quasi` holds quasi and undeclared ones. */
  readonly class: 'direct' | 'quasi';
  readonly key_id: string;
  readonly fields: readonly string[];
  readonly iv: string;
  readonly ct: string;
}

/** The body of every stored event, whatever its stream. Values of `context` are named `context.<key>`. */
export interface StoredBody {
  readonly plain: JsonObject;
  readonly hashes: Readonly<Record<string, string>>;
  readonly sealed: readonly SealedPart[];
}

/** What is known about an event beside its body. Nothing in it is personal. Times are ISO-8601 in UTC with milliseconds. */
export interface EventMetadata {
  readonly workspace_id: string;
  readonly message_id: string;
  readonly source: string;
  readonly schema_version: number;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly actor: string;
  readonly traceparent?: string;
  /** The import that brought the event, when it is imported history. */
  readonly backfill?: string;
  /** Keyed hash of the body as it was received, to tell a repeat from another body under a known id. */
  readonly body_hash?: string;
  /** What the tracking plan of the source has against it, where the plan only warns. */
  readonly violations?: readonly PlanViolation[];
}

/** An event to append. `id` is a lower-case UUID, unique in the whole store. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: StoredBody;
  readonly metadata: EventMetadata;
}

/** Where an event stands in the whole log: grows with each event, comparable only within one store. */
export type Position = bigint;

/** The position before the first event. */
export const BEFORE_FIRST: Position = -1n;

/** An event as the log holds it; `revision` counts from 0n in its stream. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: Position;
}
