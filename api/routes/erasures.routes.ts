import { z } from 'zod';
import type { CertifiedErasure } from '../../commands/erasure/certificate.js';
import type { ErasureCommands } from '../../commands/erasure/erasure.commands.js';
import { EngineError } from '../../contracts/errors.js';
import type { Erasures } from '../../contracts/read-models/erasures.port.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import { createLongAnswers } from '../long-answers.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { listCursor } from '../queries/list-cursor.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Api, ApiRoutes } from '../route-config.js';

export interface ErasuresRoutesDeps {
  readonly storeId: string;
  readonly commands: Omit<ErasureCommands, 'resume'>;
  readonly erasures: Erasures;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

const params = z.strictObject({ id: z.string().max(64) });
const because = z.strictObject({
  reason: z.string().trim().min(1).max(1_000).describe('Why, in words that do not name the person: it is kept for the audit'),
});
const state = z.enum(['requested', 'declined', 'running', 'completed', 'reopened']);
const certificate = z.object({
  erasure_id: z.string(),
  workspace: z.string(),
  customers: z.array(z.string()),
  cause: z.string(),
  actor: z.string(),
  started_at: z.string(),
  completed_at: z.string(),
  done: z.object({
    erased: z.array(z.object({ customer: z.string(), event_id: z.string(), revision: z.int() })),
    keys: z.int(),
    identifiers: z.int(),
    refused_entries: z.int(),
    queued_messages: z.int(),
    files: z.int(),
  }),
  remains: z.object({
    providers: z.array(z.object({ provider: z.string(), messages: z.int() })),
    notes: z.array(z.string()),
  }),
  hash: z.string(),
});
const certified = z.object({ certificate, position: z.string() });
const written = z.object({ position: z.string() });
const standing = z.object({
  customer_id: z.string(),
  state,
  at: z.string(),
  request: z.object({ event_id: z.string(), at: z.string(), source: z.string() }).optional(),
  erasure_id: z.string().optional(),
});

/** Erasing people: what was asked for, carrying it out or not, the certificate, and letting someone come back. */
export function erasuresRoutes(deps: ErasuresRoutesDeps): ApiRoutes {
  return (api) => {
    addDecisions(api, deps);
    addReads(api, deps);
  };
}

function addDecisions(api: Api, { commands, storeId, clock }: ErasuresRoutesDeps): void {
  const config = { access: 'customers:erase' };
  const long = createLongAnswers(api);
  api.post(
    '/v1/customers/:id/erase',
    { config, schema: { params, body: because, response: { 200: certified } } },
    async (request, reply) => {
      const erasing = commands.erase(request.params.id, request.body.reason, commandContextOf(request, clock));
      return viewOf(storeId, await long.result(reply, erasing));
    },
  );
  const schema = { params, body: because, response: { 200: written } };
  api.post('/v1/customers/:id/erasure/decline', { config, schema }, async (request) => {
    const position = await commands.decline(request.params.id, request.body.reason, commandContextOf(request, clock));
    return { position: encodePosition(storeId, position) };
  });
  api.post('/v1/customers/:id/reopen', { config, schema }, async (request) => {
    const position = await commands.reopen(request.params.id, request.body.reason, commandContextOf(request, clock));
    return { position: encodePosition(storeId, position) };
  });
}

function addReads(api: Api, { commands, erasures, reads, storeId }: ErasuresRoutesDeps): void {
  const config = { access: 'erasures:read' };
  const pages = listCursor('erasures');
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery, state: state.optional() });
  const list = z.object({ data: z.array(standing), page: pageSchema, as_of: asOfSchema });
  api.get('/v1/erasures', { config, schema: { querystring, response: { 200: list } } }, async (request) => {
    const { limit, cursor, state: only } = request.query;
    const after = pages.read(cursor);
    const as_of = await reads.of('erasures', request.query);
    const walk = { limit, ...(only === undefined ? {} : { state: only }), ...(after === undefined ? {} : { after }) };
    const page = await erasures.list(principalOf(request).workspace, walk);
    return { data: [...page.erasures], page: { next_cursor: pages.write(page.next) }, as_of };
  });
  const one = standing.extend({
    reason: z.string().optional().describe('As it was given; only for who may erase'),
    certificate: certificate.optional(),
    position: z.string().optional(),
    as_of: asOfSchema,
  });
  const asked = { params, querystring: z.strictObject(consistencyQuery), response: { 200: one } };
  api.get('/v1/customers/:id/erasure', { config, schema: asked }, async (request) => {
    const { workspace, scopes } = principalOf(request);
    const { id } = request.params;
    const as_of = await reads.of('erasures', request.query, `${workspace}/${id}`);
    const known = await erasures.get(workspace, id);
    if (known === null) throw unasked(id);
    const shown = known.erasure_id === undefined ? null : await commands.show(workspace, known.erasure_id);
    const why = shown?.reason === undefined || !scopes.has('customers:erase') ? {} : { reason: shown.reason };
    const papers = shown === null || shown.certified === null ? {} : viewOf(storeId, shown.certified);
    return { ...known, ...why, ...papers, as_of };
  });
}

function viewOf(storeId: string, { certificate: content, position }: CertifiedErasure): z.infer<typeof certified> {
  // Only the readonly marks differ.
  return { certificate: structuredClone(content) as z.infer<typeof certificate>, position: encodePosition(storeId, position) };
}

function unasked(customerId: string): EngineError {
  return new EngineError('not_found', `Expected a customer whom somebody asked to erase, found ${customerId}, whom nobody did.`);
}
