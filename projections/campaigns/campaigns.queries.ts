import type { CampaignDocument, Campaigns } from '../../contracts/read-models/campaigns.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReadSource } from '../read-source.js';

const PAGE = 1_000;

/** Reads campaigns. */
export function createCampaignQueries(source: ReadSource): Campaigns {
  return {
    async get(workspace, campaignId) {
      const stored = await source.documents.get(source.collection(), `${workspace}/${campaignId}`);
      return stored === null || stored.body === null ? null : campaign(stored.body);
    },
    async list(workspace, { limit, cursor }) {
      const page = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        sort: { path: ['created_at'], direction: 'desc' },
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { campaigns: page.documents.map(({ body }) => campaign(body)), next: page.nextCursor };
    },
    async *inState(state) {
      const filter = { kind: 'eq', path: ['state'], value: state } as const;
      for (let afterId: string | undefined; ;) {
        const behind = afterId === undefined ? {} : { afterId };
        const page = await source.documents.find(source.collection(), { filter, limit: PAGE, ...behind });
        for (const { id, body } of page.documents) yield { workspace: id.slice(0, id.indexOf('/')), campaign: campaign(body) };
        afterId = page.documents.at(-1)?.id;
        if (page.nextCursor === null || afterId === undefined) return;
      }
    },
  };
}

function campaign(body: JsonObject): CampaignDocument {
  // Only the campaigns projection writes this collection.
  return body as unknown as CampaignDocument;
}
