/** Counts of outcomes that add up to the audience. */
export type RunCounts = {
  readonly sent: number;
  readonly failed: number;
  readonly uncertain: number;
  readonly cancelled: number;
  readonly suppressed: number;
};

/** `gathering`: the audience is being snapshotted. `cancelling`: who was not sent to is being accounted for. */
export type CampaignRunStatus = 'gathering' | 'sending' | 'paused' | 'cancelling' | 'completed' | 'missed';

/** A run of a campaign. Document id: `<workspace>/<run>`. Times are ISO-8601 UTC with milliseconds. */
export type CampaignRunDocument = {
  readonly run_id: string;
  readonly campaign_id: string;
  readonly state: CampaignRunStatus;
  readonly cause: 'launch' | 'schedule';
  readonly started_at: string;
  readonly segment_id?: string;
  readonly segment_revision?: number;
  readonly template_id?: string;
  readonly template_revision?: number;
  readonly channel?: string;
  readonly is_cancelled?: true;
  readonly reopened: number;
  /** Customers of the snapshot, once it is complete. */
  readonly audience?: number;
  readonly sealed_at?: string;
  readonly completed_at?: string;
  /** As they were when the run was completed last; the funnel has today's. */
  readonly counts?: RunCounts;
  readonly missed_cause?: 'too_late' | 'segment_archived';
};

/** The runs of each workspace. Errors: those of the document store. */
export interface CampaignRuns {
  get(workspace: string, run: string): Promise<CampaignRunDocument | null>;
  /** Newest first. */
  list(
    workspace: string,
    page: { readonly limit: number; readonly cursor?: string; readonly campaignId?: string },
  ): Promise<{ readonly runs: readonly CampaignRunDocument[]; readonly next: string | null }>;
  /** Of all workspaces: runs that go on, and those that were completed at or after `completedSince`. */
  active(completedSince: string): Promise<readonly { readonly workspace: string; readonly run: CampaignRunDocument }[]>;
}
