import type { Filter } from '../../contracts/filter.js';
import type { CampaignRunDocument, CampaignRuns } from '../../contracts/read-models/campaign-runs.port.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReadSource } from '../read-source.js';

const PAGE = 1_000;
const goingOn: Filter = { kind: 'in', path: ['state'], values: ['gathering', 'sending', 'paused', 'cancelling'] };

/** Reads runs. */
export function createCampaignRuns(source: ReadSource): CampaignRuns {
  async function all(filter: Filter): Promise<readonly { readonly workspace: string; readonly run: CampaignRunDocument }[]> {
    const found: { readonly workspace: string; readonly run: CampaignRunDocument }[] = [];
    for (let afterId: string | undefined; ;) {
      const behind = afterId === undefined ? {} : { afterId };
      const page = await source.documents.find(source.collection(), { filter, limit: PAGE, ...behind });
      found.push(...page.documents.map(({ id, body }) => ({ workspace: id.slice(0, id.indexOf('/')), run: run(body) })));
      afterId = page.documents.at(-1)?.id;
      if (page.nextCursor === null || afterId === undefined) return found;
    }
  }

  return {
    async get(workspace, runId) {
      const stored = await source.documents.get(source.collection(), `${workspace}/${runId}`);
      return stored === null || stored.body === null ? null : run(stored.body);
    },
    async list(workspace, { limit, cursor, campaignId }) {
      const filter =
        campaignId === undefined ? {} : { filter: { kind: 'eq', path: ['campaign_id'], value: campaignId } as const };
      const page = await source.documents.find(source.collection(), {
        idPrefix: `${workspace}/`,
        ...filter,
        sort: { path: ['started_at'], direction: 'desc' },
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { runs: page.documents.map(({ body }) => run(body)), next: page.nextCursor };
    },
    async active(completedSince) {
      const finished = await all({ kind: 'range', path: ['completed_at'], gte: completedSince });
      const open = await all(goingOn);
      const seen = new Set(open.map((entry) => entry.run.run_id));
      return [...open, ...finished.filter((entry) => !seen.has(entry.run.run_id))];
    },
  };
}

function run(body: JsonObject): CampaignRunDocument {
  // Only the campaign-runs projection writes this collection.
  return body as unknown as CampaignRunDocument;
}
