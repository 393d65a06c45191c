import { z } from 'zod';
import { funnelOf } from '../../commands/campaigns/funnel.js';
import type { RunResult } from '../../commands/campaigns/campaign.commands.js';
import { EngineError } from '../../contracts/errors.js';
import type { CampaignRunDocument } from '../../contracts/read-models/campaign-runs.port.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery, type AsOf } from '../queries/consistency.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { Api, ApiRoutes } from '../route-config.js';
import { funnelSchema, funnelView, messageSchema, messageView, runSchema } from '../views/campaign-views.js';
import { positionText, reasonedContext, type CampaignRoutesDeps } from './campaign-routes-deps.js';

const params = z.strictObject({ run_id: z.string().max(128) });
const current = z.strictObject(consistencyQuery);
const outcome = messageSchema.shape.outcome;

/** `/v1/campaign-runs`: how runs go, who is in them, and what people do with them. */
export function campaignRunsRoutes(deps: CampaignRoutesDeps): ApiRoutes {
  return (api) => {
    addRuns(api, deps);
    addMessages(api, deps);
    addActions(api, deps);
  };
}

async function find({ models }: CampaignRoutesDeps, workspace: string, runId: string): Promise<CampaignRunDocument> {
  const run = await models.runs.get(workspace, runId);
  if (run === null) throw new EngineError('not_found', 'Expected the id of a run, found none with this id.');
  return run;
}

/** Both models that a run is shown from; the older of the two tells how current the answer is. */
async function asOf({ reads }: CampaignRoutesDeps, asked: z.infer<typeof current>, key: string): Promise<AsOf> {
  const ofRun = await reads.of('campaign-runs', asked, key);
  const ofMessages = await reads.of('messages', asked);
  return ofRun.lag_ms > ofMessages.lag_ms ? ofRun : ofMessages;
}

function addRuns(api: Api, deps: CampaignRoutesDeps): void {
  const config = { access: 'campaigns:read' };
  const { models, reads } = deps;
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery, campaign_id: z.string().max(128).optional() });
  const list = z.object({ data: z.array(runSchema), page: pageSchema, as_of: asOfSchema });
  api.get('/v1/campaign-runs', { config, schema: { querystring, response: { 200: list } } }, async (request) => {
    const { limit, cursor, campaign_id: campaignId } = request.query;
    const as_of = await reads.of('campaign-runs', request.query);
    const asked = { limit, ...(cursor === undefined ? {} : { cursor }), ...(campaignId === undefined ? {} : { campaignId }) };
    const page = await models.runs.list(principalOf(request).workspace, asked);
    return { data: [...page.runs], page: { next_cursor: page.next }, as_of };
  });
  const one = { params, querystring: current, response: { 200: runSchema.extend({ as_of: asOfSchema }) } };
  api.get('/v1/campaign-runs/:run_id', { config, schema: one }, async (request) => {
    const [{ workspace }, runId] = [principalOf(request), request.params.run_id];
    const as_of = await asOf(deps, request.query, `${workspace}/${runId}`);
    const run = await find(deps, workspace, runId);
    const { outcomes } = funnelOf(await models.messages.summaries(workspace, runId));
    return { ...run, counts: outcomes, as_of };
  });
  const funnel = {
    params,
    querystring: current,
    response: { 200: funnelSchema.extend({ run_id: z.string(), state: runSchema.shape.state, as_of: asOfSchema }) },
  };
  api.get('/v1/campaign-runs/:run_id/funnel', { config, schema: funnel }, async (request) => {
    const [{ workspace }, runId] = [principalOf(request), request.params.run_id];
    const as_of = await asOf(deps, request.query, `${workspace}/${runId}`);
    const { state } = await find(deps, workspace, runId);
    return { run_id: runId, state, ...funnelView(funnelOf(await models.messages.summaries(workspace, runId))), as_of };
  });
}

function addMessages(api: Api, deps: CampaignRoutesDeps): void {
  const config = { access: 'campaigns:read' };
  const { models } = deps;
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery, outcome: outcome.optional() });
  const list = z.object({ data: z.array(messageSchema), page: pageSchema, as_of: asOfSchema });
  api.get(
    '/v1/campaign-runs/:run_id/messages',
    { config, schema: { params, querystring, response: { 200: list } } },
    async (request) => {
      const [{ workspace }, runId] = [principalOf(request), request.params.run_id];
      const as_of = await asOf(deps, request.query, `${workspace}/${runId}`);
      await find(deps, workspace, runId);
      const { limit, cursor, outcome: wanted } = request.query;
      const asked = { limit, ...(cursor === undefined ? {} : { cursor }), ...(wanted === undefined ? {} : { outcome: wanted }) };
      const page = await models.messages.list(workspace, runId, asked);
      return { data: page.messages.map(messageView), page: { next_cursor: page.next }, as_of };
    },
  );
  const groups = z.object({ data: z.array(z.object({ reason: z.string(), messages: z.int() })), as_of: asOfSchema });
  api.get(
    '/v1/campaign-runs/:run_id/failures',
    { config, schema: { params, querystring: current, response: { 200: groups } } },
    async (request) => {
      const [{ workspace }, runId] = [principalOf(request), request.params.run_id];
      const as_of = await asOf(deps, request.query, `${workspace}/${runId}`);
      await find(deps, workspace, runId);
      return { data: [...(await models.messages.failureGroups(workspace, runId))], as_of };
    },
  );
}

const answer = z.object({ run_id: z.string(), state: z.string(), position: z.string() });

function addActions(api: Api, deps: CampaignRoutesDeps): void {
  const config = { access: 'campaigns:launch' };
  const { campaigns } = deps.commands;
  const body = z.strictObject({ reason: z.string().max(1_000).optional() }).optional();
  const answerOf = (run_id: string, { phase, position }: RunResult) => ({
    run_id,
    state: phase,
    position: positionText(deps, position),
  });
  for (const action of ['pause', 'resume', 'cancel'] as const) {
    api.post(
      `/v1/campaign-runs/:run_id/${action}`,
      { config, schema: { params, body, response: { 200: answer } } },
      async (request) => {
        const context = reasonedContext(request, deps.clock, request.body?.reason);
        return answerOf(request.params.run_id, await campaigns[action](request.params.run_id, context));
      },
    );
  }
  const retry = z
    .strictObject({
      include_uncertain: z
        .boolean()
        .default(false)
        .describe('Also messages that may have gone out: their recipients may get them twice'),
      group: z.string().min(1).max(500).optional().describe('Only failures with this reason, as `failures` shows it'),
    })
    .default({ include_uncertain: false });
  api.post(
    '/v1/campaign-runs/:run_id/retry-failed',
    { config, schema: { params, body: retry, response: { 200: answer } } },
    async (request) => {
      const { include_uncertain, group } = request.body;
      const what = { include_uncertain, ...(group === undefined ? {} : { group }) };
      const result = await campaigns.retryFailed(request.params.run_id, what, reasonedContext(request, deps.clock, undefined));
      return answerOf(request.params.run_id, result);
    },
  );
}
