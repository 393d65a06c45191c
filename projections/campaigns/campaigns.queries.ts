import type { CampaignDocument, Campaigns } from '../../contracts/read-models/campaigns.port.js';
import type { ReadSource } from '../read-source.js';
import { createStoredDocuments } from '../stored-documents.js';

/** Reads campaigns. */
export function createCampaignQueries(source: ReadSource): Campaigns {
  const stored = createStoredDocuments<CampaignDocument>(source);
  return {
    get: (workspace, campaignId) => stored.get(workspace, campaignId),
    async list(workspace, page) {
      const { documents, next } = await stored.list(workspace, { newestBy: 'created_at', ...page });
      return { campaigns: documents, next };
    },
    async *inState(state) {
      for await (const { workspace, document } of stored.all({ kind: 'eq', path: ['state'], value: state }))
        yield { workspace, campaign: document };
    },
  };
}
