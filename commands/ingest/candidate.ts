import type { Identifier } from '../../domain/identity/identifiers.js';
import type { ClassifiedFields } from '../../stores/vault/sealing.js';

/** An entry of a request that its contract accepts: everything about the event except whose it is. */
export interface Candidate {
  readonly index: number;
  readonly eventId: string;
  readonly messageId: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly occurredAt: string;
  readonly traceparent?: string;
  readonly bodyHash: string;
  /** Where it stands, when it concerns no customer. */
  readonly stream?: string | undefined;
  /** The `qontak_customer_id` that the entry names. */
  readonly named?: string | undefined;
  /** In look-up order. */
  readonly identifiers: readonly Identifier[];
  readonly fields: ClassifiedFields;
  /** How many fields look personal that were not declared to be. */
  readonly violations: number;
  /** The entry as it came, should it be refused after all. */
  readonly raw: string;
}

/** An entry that cannot be accepted, and why; `raw` is kept so that a person can mend it. */
export interface Refusal {
  readonly index: number;
  readonly messageId?: string;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string;
  /** The event type it claims to be, when it has the form of one. */
  readonly type?: string;
  /** The line of an NDJSON body. */
  readonly line?: number;
  readonly raw: string;
}
