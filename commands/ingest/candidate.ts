import type { IntakeWarning } from '../../contracts/quarantine-codes.js';
import type { PlanViolation } from '../../contracts/tracking-plans/tracking-plan.js';
import type { Identifier } from '../../domain/identity/identifiers.js';
import type { ClassifiedFields } from '../../stores/vault/sealing.js';

/** An entry as it is kept, should it be refused. */
interface KeptText {
  /** As it can be sent again, so that a person can mend it. */
  readonly raw: string;
  /** As it came, where `raw` is a translation. */
  readonly came?: string | undefined;
  /** The quarantine in which it waits already. */
  readonly keptAs?: string | undefined;
}

/** An entry of a request that its contract accepts: everything about the event except whose it is. */
export interface Candidate extends KeptText {
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
  /** What the tracking plan of the source warns of. */
  readonly planned: PlanRemarks;
}

/** What the tracking plan of the source has against an entry; `warnings` are for the source. */
export interface PlanRemarks {
  readonly violations: readonly PlanViolation[];
  readonly warnings: readonly IntakeWarning[];
}

/** An entry that cannot be accepted, and why. */
export interface Refusal extends KeptText {
  readonly index: number;
  readonly messageId?: string;
  readonly code: string;
  readonly detail: string;
  readonly pointer?: string | undefined;
  /** The event type it claims to be, when it has the form of one. */
  readonly type?: string;
  /** The line of an NDJSON body. */
  readonly line?: number;
  readonly planned?: PlanRemarks;
}
