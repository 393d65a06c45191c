import type { ViolationKind } from '../tracking-plans/tracking-plan.js';

/** An event that broke the plan, and what it held, masked: by its id when it was taken, by its dead letter when it was refused. */
export interface ViolationSample {
  readonly at: string;
  readonly event_id?: string;
  readonly qontak_customer_id?: string;
  readonly dead_letter?: string;
  /** What stood there instead, in words. */
  readonly found?: string;
  /** The masked value, where the event was taken and can be opened. */
  readonly value?: string;
}

/** How often events of a source and type broke its plan in one way. */
export interface PlanViolationCount {
  readonly source: string;
  readonly type: string;
  readonly kind: ViolationKind;
  readonly field?: string;
  /** Events that were taken. */
  readonly warned: number;
  /** Events that were refused. */
  readonly refused: number;
  readonly first_at: string;
  readonly last_at: string;
  /** The newest, at most 5. */
  readonly samples: readonly ViolationSample[];
}

/** What sources send against their tracking plans. */
export interface PlanViolations {
  /** By type, kind and field. */
  list(workspace: string, source: string): Promise<readonly PlanViolationCount[]>;
}
