import { z } from 'zod';
import type { NamedAddress } from '../../commands/campaigns/suppression.commands.js';
import { EngineError } from '../../contracts/errors.js';
import { suppressionReasons } from '../../contracts/events/suppression.events.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { countQuery, listQuery, pageSchema } from '../queries/list-query.js';
import type { Api, ApiRoutes } from '../route-config.js';
import { suppressionSchema } from '../views/campaign-views.js';
import { positionText, reasonedContext, type CampaignRoutesDeps } from './campaign-routes-deps.js';

const email = z.string().min(3).max(320);
const hash = z.string().regex(/^[a-z2-7]{32}$/);
const reason = z.enum(suppressionReasons);
const named = { email: email.optional(), address_hash: hash.optional() };
const IMPORT_MOST = 10_000;

/** `/v1/suppressions`: addresses that are never mailed, known by their hash; also taken over from another provider. */
export function suppressionsRoutes(deps: CampaignRoutesDeps): ApiRoutes {
  return (api) => {
    addList(api, deps);
    addChanges(api, deps);
    addImport(api, deps);
  };
}

function addList(api: Api, { models, commands, reads }: CampaignRoutesDeps): void {
  const asked = { reason: reason.optional(), ...named };
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery, ...countQuery, ...asked });
  const list = z.object({ data: z.array(suppressionSchema), page: pageSchema, total: z.int().optional(), as_of: asOfSchema });
  const config = { access: 'suppressions:read' };
  api.get('/v1/suppressions', { config, schema: { querystring, response: { 200: list } } }, async (request) => {
    const { workspace } = principalOf(request);
    const { limit, cursor, reason: only, email: address, address_hash: given, count } = request.query;
    const as_of = await reads.of('suppressions', request.query);
    const total = count === undefined ? {} : { total: await models.suppressions.count(workspace) };
    const wanted =
      given ?? (address === undefined ? undefined : ((await commands.suppressions.addressHash(workspace, address)) ?? ''));
    if (wanted !== undefined) {
      const found = wanted === '' ? new Map<never, never>() : await models.suppressions.getMany(workspace, [wanted]);
      return { data: [...found.values()], page: { next_cursor: null }, ...total, as_of };
    }
    const walk = { limit, ...(cursor === undefined ? {} : { cursor }), ...(only === undefined ? {} : { reason: only }) };
    const page = await models.suppressions.list(workspace, walk);
    return { data: [...page.suppressions], page: { next_cursor: page.next }, ...total, as_of };
  });
}

function addChanges(api: Api, deps: CampaignRoutesDeps): void {
  const config = { access: 'suppressions:write' };
  const changed = z.object({ address_hash: z.string(), position: z.string() });
  const body = z.strictObject({ ...named, reason: reason.default('manual') });
  api.post('/v1/suppressions', { config, schema: { body, response: { 200: changed, 201: changed } } }, async (request, reply) => {
    const context = reasonedContext(request, deps.clock, undefined);
    const { address_hash, position, isNew } = await deps.commands.suppressions.add(
      addressOf(request.body),
      request.body.reason,
      context,
    );
    return reply.code(isNew ? 201 : 200).send({ address_hash, position: positionText(deps, position) });
  });
  const why = { ...named, reason: z.string().max(1_000).optional().describe('Why it may be mailed again, in words') };
  const schema = { querystring: z.strictObject(why), body: z.strictObject(why).optional(), response: { 200: changed } };
  api.delete('/v1/suppressions', { config, schema }, async (request) => {
    const asked = { ...request.query, ...request.body };
    const context = reasonedContext(request, deps.clock, asked.reason);
    const { address_hash, position } = await deps.commands.suppressions.remove(addressOf(asked), context);
    return { address_hash, position: positionText(deps, position) };
  });
}

function addressOf(body: { readonly email?: string | undefined; readonly address_hash?: string | undefined }): NamedAddress {
  if (body.email !== undefined) return { email: body.email };
  if (body.address_hash !== undefined) return { address_hash: body.address_hash };
  const detail = 'expected email or address_hash';
  throw new EngineError('invalid_input', `/email: ${detail}`, { places: [{ pointer: '/email', detail }] });
}

function addImport(api: Api, deps: CampaignRoutesDeps): void {
  const entry = z.strictObject({ email, reason: reason.default('imported') });
  const body = z.strictObject({ suppressions: z.array(entry).min(1).max(IMPORT_MOST) });
  const done = z.object({
    added: z.int(),
    known: z.int(),
    invalid: z.array(z.object({ index: z.int(), detail: z.string() })),
    position: z.string(),
  });
  const config = { access: 'suppressions:write' };
  api.post(
    '/v1/suppressions/import',
    { config, bodyLimit: 4_194_304, schema: { body, response: { 200: done } } },
    async (request) => {
      const context = reasonedContext(request, deps.clock, undefined);
      const { position, invalid, ...counts } = await deps.commands.suppressions.import(request.body.suppressions, context);
      return { ...counts, invalid: [...invalid], position: positionText(deps, position) };
    },
  );
}
