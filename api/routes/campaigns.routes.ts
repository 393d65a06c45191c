import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import { commandContextOf } from '../command-context.js';
import { setRevision } from '../if-match.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { Api, ApiRoutes } from '../route-config.js';
import { campaignSchema, campaignView } from '../views/campaign-views.js';
import { positionText, type CampaignRoutesDeps } from './campaign-routes-deps.js';

const definition = z.strictObject({
  name: z.string().min(1).max(200),
  segment_id: z.string().min(1).max(128),
  template_id: z.string().min(1).max(128),
  channel: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/)
    .default('email'),
  purpose: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/)
    .default('marketing'),
  from: z.string().min(3).max(400),
  reply_to: z.string().min(3).max(400).optional(),
  schedule: z
    .strictObject({ at: z.iso.datetime({ offset: true }), max_delay_sec: z.int().min(0).max(604_800).default(3_600) })
    .optional(),
  throttle: z.strictObject({ per_second: z.number().positive().max(100_000) }).optional(),
});
const params = z.strictObject({ id: z.string().max(128) });
const saved = z.object({ campaign_id: z.string(), revision: z.int(), position: z.string() });
const figures = z.record(z.string(), z.int());
const preflight = z.object({
  ready: z.boolean(),
  problems: z.array(z.string()),
  members: z.int(),
  exact: z.boolean().describe('Whether every member was looked at'),
  checked: z.int(),
  with_address: z.int(),
  sendable: z.int(),
  suppressed_by_reason: figures,
  missing_fields: figures.describe('How many of those to be written to lack a field that the template needs'),
});

/** `/v1/campaigns`: what is sent to whom; preflight and launch. */
export function campaignsRoutes(deps: CampaignRoutesDeps): ApiRoutes {
  return (api) => {
    addReads(api, deps);
    addWrites(api, deps);
    addLaunch(api, deps);
  };
}

function addReads(api: Api, { reads, models, commands }: CampaignRoutesDeps): void {
  const config = { access: 'campaigns:read' };
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery });
  const list = z.object({ data: z.array(campaignSchema), page: pageSchema, as_of: asOfSchema });
  api.get('/v1/campaigns', { config, schema: { querystring, response: { 200: list } } }, async (request) => {
    const { limit, cursor } = request.query;
    const as_of = await reads.of('campaigns', request.query);
    const page = await models.campaigns.list(principalOf(request).workspace, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { data: page.campaigns.map(campaignView), page: { next_cursor: page.next }, as_of };
  });
  const one = {
    params,
    querystring: z.strictObject(consistencyQuery),
    response: { 200: campaignSchema.extend({ as_of: asOfSchema }) },
  };
  api.get('/v1/campaigns/:id', { config, schema: one }, async (request, reply) => {
    const { workspace } = principalOf(request);
    const as_of = await reads.of('campaigns', request.query, `${workspace}/${request.params.id}`);
    const found = await models.campaigns.get(workspace, request.params.id);
    if (found === null) throw new EngineError('not_found', 'Expected the id of a campaign, found none with this id.');
    setRevision(reply, BigInt(found.revision));
    return { ...campaignView(found), as_of };
  });
  api.get('/v1/campaigns/:id/preflight', { config, schema: { params, response: { 200: preflight } } }, async (request) => {
    const found = await commands.preflight(principalOf(request).workspace, request.params.id);
    const { suppressed_by_reason: suppressed, missing_fields: missing, problems } = found;
    return { ...found, problems: [...problems], suppressed_by_reason: { ...suppressed }, missing_fields: { ...missing } };
  });
}

type Definition = Parameters<CampaignRoutesDeps['commands']['campaigns']['define']>[0];

function given(body: z.infer<typeof definition>): Definition {
  const { segment_id: segment, template_id: template, schedule, throttle, reply_to, ...rest } = body;
  return {
    ...rest,
    segment,
    template,
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(schedule === undefined
      ? {}
      : { schedule_at: new Date(schedule.at).toISOString(), max_delay_sec: schedule.max_delay_sec }),
    ...(throttle === undefined ? {} : { per_second: throttle.per_second }),
  };
}

function addWrites(api: Api, deps: CampaignRoutesDeps): void {
  const config = { access: 'campaigns:write' };
  api.post('/v1/campaigns', { config, schema: { body: definition, response: { 201: saved } } }, async (request, reply) => {
    const { id, revision, position } = await deps.commands.campaigns.define(
      given(request.body),
      commandContextOf(request, deps.clock),
    );
    setRevision(reply, BigInt(revision));
    return reply.code(201).send({ campaign_id: id, revision, position: positionText(deps, position) });
  });
  const change = { params, body: definition, response: { 200: saved } };
  api.put('/v1/campaigns/:id', { config, schema: change }, async (request, reply) => {
    const context = commandContextOf(request, deps.clock);
    const { id, revision, position } = await deps.commands.campaigns.revise(request.params.id, given(request.body), context);
    setRevision(reply, BigInt(revision));
    return { campaign_id: id, revision, position: positionText(deps, position) };
  });
}

function addLaunch(api: Api, deps: CampaignRoutesDeps): void {
  const schema = {
    params,
    body: z.strictObject({}).optional(),
    response: { 202: z.object({ run_id: z.string(), position: z.string() }) },
  };
  api.post('/v1/campaigns/:id/launch', { config: { access: 'campaigns:launch' }, schema }, async (request, reply) => {
    const { run_id, position } = await deps.commands.campaigns.launch(request.params.id, commandContextOf(request, deps.clock));
    return reply.code(202).send({ run_id, position: positionText(deps, position) });
  });
}
