import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import { commandContextOf } from '../command-context.js';
import { setRevision } from '../if-match.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { Api, ApiRoutes } from '../route-config.js';
import { templateSchema } from '../views/campaign-views.js';
import { positionText, type CampaignRoutesDeps } from './campaign-routes-deps.js';

const content = z.strictObject({
  name: z.string().min(1).max(200),
  subject: z.string().min(1).max(2_000),
  html: z.string().min(1).max(262_144),
  text: z.string().max(262_144).optional(),
});
const params = z.strictObject({ id: z.string().max(128) });
const saved = z.object({ template_id: z.string(), revision: z.int(), position: z.string() });
const rendered = z.object({ subject: z.string(), html: z.string(), text: z.string(), missing: z.array(z.string()) });

/** `/v1/templates`: what campaigns say, how it looks for one customer, and a test send. */
export function templatesRoutes(deps: CampaignRoutesDeps): ApiRoutes {
  return (api) => {
    addReads(api, deps);
    addWrites(api, deps);
    addTrials(api, deps);
  };
}

function addReads(api: Api, { reads, models }: CampaignRoutesDeps): void {
  const config = { access: 'templates:read' };
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery });
  const list = z.object({ data: z.array(templateSchema), page: pageSchema, as_of: asOfSchema });
  api.get('/v1/templates', { config, schema: { querystring, response: { 200: list } } }, async (request) => {
    const { limit, cursor } = request.query;
    const as_of = await reads.of('templates', request.query);
    const page = await models.templates.list(principalOf(request).workspace, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { data: [...page.templates], page: { next_cursor: page.next }, as_of };
  });
  const one = {
    params,
    querystring: z.strictObject(consistencyQuery),
    response: { 200: templateSchema.extend({ as_of: asOfSchema }) },
  };
  api.get('/v1/templates/:id', { config, schema: one }, async (request, reply) => {
    const { workspace } = principalOf(request);
    const as_of = await reads.of('templates', request.query, `${workspace}/${request.params.id}`);
    const found = await models.templates.get(workspace, request.params.id);
    if (found === null) throw new EngineError('not_found', 'Expected the id of a template, found none with this id.');
    setRevision(reply, BigInt(found.revision));
    return { ...found, as_of };
  });
}

function addWrites(api: Api, deps: CampaignRoutesDeps): void {
  const config = { access: 'templates:write' };
  api.post('/v1/templates', { config, schema: { body: content, response: { 201: saved } } }, async (request, reply) => {
    const { id, revision, position } = await deps.commands.templates.define(
      given(request.body),
      commandContextOf(request, deps.clock),
    );
    setRevision(reply, BigInt(revision));
    return reply.code(201).send({ template_id: id, revision, position: positionText(deps, position) });
  });
  const change = { params, body: content, response: { 200: saved } };
  api.put('/v1/templates/:id', { config, schema: change }, async (request, reply) => {
    const context = commandContextOf(request, deps.clock);
    const { id, revision, position } = await deps.commands.templates.revise(request.params.id, given(request.body), context);
    setRevision(reply, BigInt(revision));
    return { template_id: id, revision, position: positionText(deps, position) };
  });
}

function given({ text, ...rest }: z.infer<typeof content>): Parameters<CampaignRoutesDeps['commands']['templates']['define']>[0] {
  return { ...rest, ...(text === undefined ? {} : { text }) };
}

function addTrials(api: Api, { commands, clock }: CampaignRoutesDeps): void {
  const whom = z.strictObject({ qontak_customer_id: z.string().max(64) });
  const render = { params, body: whom, response: { 200: rendered } };
  api.post(
    '/v1/templates/:id/render',
    { config: { access: 'templates:read', idempotency: 'off' }, schema: render },
    async (request) => {
      const { workspace } = principalOf(request);
      const disclosed = disclosedTo(request);
      const message = await commands.templates.render(request.params.id, {
        workspace,
        customerId: request.body.qontak_customer_id,
        disclosed,
      });
      return { ...message, missing: [...message.missing] };
    },
  );
  const test = z.strictObject({
    to: z.string().min(3).max(320),
    from: z.string().max(400).optional(),
    channel: z.string().max(64).default('email'),
    qontak_customer_id: z.string().max(64).optional().describe('Whose data fills the template; absent: nobody’s'),
  });
  const sent = z.object({ provider: z.string(), provider_message_id: z.string(), missing: z.array(z.string()) });
  const testSend = { params, body: test, response: { 200: sent } };
  api.post('/v1/templates/:id/test-send', { config: { access: 'templates:write' }, schema: testSend }, async (request) => {
    const { to, from, channel, qontak_customer_id: customerId } = request.body;
    const what = {
      to,
      channel,
      disclosed: disclosedTo(request),
      ...(from === undefined ? {} : { from }),
      ...(customerId === undefined ? {} : { customerId }),
    };
    const done = await commands.templates.testSend(request.params.id, what, commandContextOf(request, clock));
    return { ...done, missing: [...done.missing] };
  });
}

function disclosedTo(request: FastifyRequest): 'revealed' | 'masked' {
  return principalOf(request).scopes.has('pii:read') ? 'revealed' : 'masked';
}
