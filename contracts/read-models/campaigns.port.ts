/** A campaign. Document id: `<workspace>/<campaign>`. Times are ISO-8601 UTC with milliseconds. */
export type CampaignDocument = {
  readonly campaign_id: string;
  readonly name: string;
  readonly segment_id: string;
  readonly template_id: string;
  readonly channel: string;
  readonly purpose: string;
  readonly from: string;
  readonly reply_to?: string;
  readonly schedule_at?: string;
  readonly max_delay_sec: number;
  readonly per_second?: number;
  readonly revision: number;
  readonly state: 'draft' | 'scheduled' | 'launched' | 'missed';
  readonly run_id?: string;
  readonly missed_cause?: 'too_late' | 'segment_archived';
  readonly created_at: string;
  readonly updated_at: string;
};

/** The campaigns of each workspace. Errors: those of the document store. */
export interface Campaigns {
  get(workspace: string, campaignId: string): Promise<CampaignDocument | null>;
  /** Newest first. */
  list(
    workspace: string,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly campaigns: readonly CampaignDocument[]; readonly next: string | null }>;
  /** Of all workspaces: campaigns that wait for their instant, and those that were launched (whose run may not have begun). */
  inState(state: 'scheduled' | 'launched'): AsyncIterable<{ readonly workspace: string; readonly campaign: CampaignDocument }>;
}
