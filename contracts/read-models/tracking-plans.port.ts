import type { TrackingPlan } from '../tracking-plans/tracking-plan.js';

/** A draft of a plan, counted from 1 for each source. */
export type PlanDraft = {
  readonly draft: number;
  readonly plan: TrackingPlan;
  readonly at: string;
  readonly actor: string;
};

/** The tracking plan of one source: the newest draft, and the one that holds. */
export type SourcePlan = {
  readonly source: string;
  readonly draft: PlanDraft;
  /** `at` and `actor` are those of the publishing. */
  readonly published?: PlanDraft;
};

/** Tracking plans of sources. */
export interface TrackingPlans {
  get(workspace: string, source: string): Promise<SourcePlan | null>;
  /** Every source that has one, by name. */
  list(workspace: string): Promise<readonly SourcePlan[]>;
}
