import type { Filter } from '../../contracts/filter.js';
import type { CampaignRunDocument, CampaignRuns } from '../../contracts/read-models/campaign-runs.port.js';
import type { ReadSource } from '../read-source.js';
import { createStoredDocuments } from '../stored-documents.js';

const goingOn: Filter = { kind: 'in', path: ['state'], values: ['gathering', 'sending', 'paused', 'cancelling'] };

/** Reads runs. */
export function createCampaignRuns(source: ReadSource): CampaignRuns {
  const stored = createStoredDocuments<CampaignRunDocument>(source);

  async function all(filter: Filter): Promise<readonly { readonly workspace: string; readonly run: CampaignRunDocument }[]> {
    const found: { readonly workspace: string; readonly run: CampaignRunDocument }[] = [];
    for await (const { workspace, document } of stored.all(filter)) found.push({ workspace, run: document });
    return found;
  }

  return {
    get: (workspace, runId) => stored.get(workspace, runId),
    async list(workspace, { campaignId, ...page }) {
      const filter: { readonly filter?: Filter } =
        campaignId === undefined ? {} : { filter: { kind: 'eq', path: ['campaign_id'], value: campaignId } };
      const { documents, next } = await stored.list(workspace, { newestBy: 'started_at', ...page, ...filter });
      return { runs: documents, next };
    },
    async active(completedSince) {
      const finished = await all({ kind: 'range', path: ['completed_at'], gte: completedSince });
      const open = await all(goingOn);
      const seen = new Set(open.map((entry) => entry.run.run_id));
      return [...open, ...finished.filter((entry) => !seen.has(entry.run.run_id))];
    },
  };
}
