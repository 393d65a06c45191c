import { z } from 'zod';
import type { SegmentPreviews } from '../../commands/segments/preview.js';
import type { SegmentCommands, SegmentResult } from '../../commands/segments/segments.commands.js';
import { EngineError } from '../../contracts/errors.js';
import type { Customers } from '../../contracts/read-models/customers.port.js';
import type { Members } from '../../contracts/read-models/members.port.js';
import type { Segments } from '../../contracts/read-models/segments.port.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import { setRevision } from '../if-match.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import { listCursor } from '../queries/list-cursor.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Api, ApiRoutes } from '../route-config.js';

export interface SegmentsRoutesDeps {
  readonly storeId: string;
  readonly commands: SegmentCommands;
  readonly previews: SegmentPreviews;
  readonly segments: Segments;
  readonly members: Members;
  readonly customers: Customers;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

const rule = z.unknown().describe('The rule tree: groups AND, OR, NOT over attribute and behavior rules');
const definition = z.strictObject({ name: z.string().min(1).max(200), rule });
const segment = z.object({
  segment_id: z.string(),
  name: z.string(),
  rule: z.record(z.string(), z.unknown()),
  revision: z.int(),
  state: z.enum(['evaluating', 'live', 'archived']),
  member_count: z.int(),
  evaluated_at: z.string().optional(),
  error: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
const saved = z.object({ segment_id: z.string(), revision: z.int(), position: z.string() });
const params = z.strictObject({ id: z.string().max(128) });
const member = z.object({ qontak_customer_id: z.string(), entered_at: z.string(), revision: z.int().optional() });

/** `/v1/segments`: rules, who they select, and how many they selected over time. */
export function segmentsRoutes(deps: SegmentsRoutesDeps): ApiRoutes {
  return (api) => {
    addReads(api, deps);
    addMembers(api, deps);
    addWrites(api, deps);
    addPreviews(api, deps);
  };
}

function addReads(api: Api, { segments, reads }: SegmentsRoutesDeps): void {
  const config = { access: 'segments:read' };
  const pages = listCursor('segments');
  const list = {
    querystring: z.strictObject({ ...listQuery, ...consistencyQuery }),
    response: { 200: z.object({ data: z.array(segment), page: pageSchema, as_of: asOfSchema }) },
  };
  api.get('/v1/segments', { config, schema: list }, async (request) => {
    const { limit, cursor } = request.query;
    const after = pages.read(cursor);
    const as_of = await reads.of('segments', request.query);
    const page = await segments.list(principalOf(request).workspace, { limit, ...(after === undefined ? {} : { after }) });
    return { data: [...page.segments], page: { next_cursor: pages.write(page.next) }, as_of };
  });
  const one = { params, querystring: z.strictObject(consistencyQuery), response: { 200: segment.extend({ as_of: asOfSchema }) } };
  api.get('/v1/segments/:id', { config, schema: one }, async (request, reply) => {
    const as_of = await reads.of('segments', request.query);
    const found = await segments.get(principalOf(request).workspace, request.params.id);
    if (found === null) throw unknown(request.params.id);
    setRevision(reply, BigInt(found.revision));
    return { ...found, as_of };
  });
}

function addMembers(api: Api, { segments, members, reads }: SegmentsRoutesDeps): void {
  const config = { access: 'segments:read' };
  const page = {
    params,
    querystring: z.strictObject({ ...listQuery, ...consistencyQuery }),
    response: { 200: z.object({ data: z.array(member), page: pageSchema, as_of: asOfSchema }) },
  };
  api.get('/v1/segments/:id/members', { config, schema: page }, async (request) => {
    const { workspace } = principalOf(request);
    const { limit, cursor } = request.query;
    const pages = listCursor(`members ${request.params.id}`);
    const afterId = pages.read(cursor);
    const as_of = await reads.of('profiles', request.query);
    if ((await segments.get(workspace, request.params.id)) === null) throw unknown(request.params.id);
    const found = await members.walk(workspace, request.params.id, { limit, ...(afterId === undefined ? {} : { afterId }) });
    return {
      data: found.members.map(({ customer_id: qontak_customer_id, ...since }) => ({ qontak_customer_id, ...since })),
      page: { next_cursor: pages.write(found.next) },
      as_of,
    };
  });
  const history = {
    params,
    querystring: z.strictObject({ ...consistencyQuery, from: z.iso.datetime({ offset: true }).optional() }),
    response: { 200: z.object({ data: z.array(z.object({ at: z.string(), members: z.int() })), as_of: asOfSchema }) },
  };
  api.get('/v1/segments/:id/history', { config, schema: history }, async (request) => {
    const { workspace } = principalOf(request);
    const as_of = await reads.of('segments', request.query);
    if ((await segments.get(workspace, request.params.id)) === null) throw unknown(request.params.id);
    const from = request.query.from === undefined ? {} : { from: new Date(request.query.from).toISOString() };
    return { data: [...(await segments.history(workspace, request.params.id, from))], as_of };
  });
}

function addWrites(api: Api, { commands, clock, storeId }: SegmentsRoutesDeps): void {
  const config = { access: 'segments:write' };
  const answer = ({ segment_id, revision, position }: SegmentResult) => ({
    segment_id,
    revision,
    position: encodePosition(storeId, position),
  });
  api.post('/v1/segments', { config, schema: { body: definition, response: { 201: saved } } }, async (request, reply) => {
    const done = await commands.define(request.body, commandContextOf(request, clock));
    setRevision(reply, BigInt(done.revision));
    return reply.code(201).send(answer(done));
  });
  api.put(
    '/v1/segments/:id',
    { config, schema: { params, body: definition, response: { 200: saved } } },
    async (request, reply) => {
      const done = await commands.revise(request.params.id, request.body, commandContextOf(request, clock));
      setRevision(reply, BigInt(done.revision));
      return answer(done);
    },
  );
  api.delete('/v1/segments/:id', { config, schema: { params, response: { 200: saved } } }, async (request) =>
    answer(await commands.archive(request.params.id, commandContextOf(request, clock))),
  );
  const started = z.object({ evaluation_id: z.string(), position: z.string() });
  api.post('/v1/segments/:id/recompute', { config, schema: { params, response: { 202: started } } }, async (request, reply) => {
    const { evaluation_id, position } = await commands.recompute(request.params.id, commandContextOf(request, clock));
    return reply.code(202).send({ evaluation_id, position: encodePosition(storeId, position) });
  });
}

function addPreviews(api: Api, { previews, customers }: SegmentsRoutesDeps): void {
  const config = { access: 'segments:read' };
  const sampled = z.looseObject({ qontak_customer_id: z.string(), attributes: z.record(z.string(), z.unknown()) });
  const preview = z.object({
    count: z.int(),
    exact: z.boolean(),
    sample: z.array(sampled),
    per_rule: z.array(z.object({ pointer: z.string(), count: z.int() })),
  });
  api.post(
    '/v1/segments/preview',
    // Asking again costs nothing, and the answer may hold what must not be kept.
    { config: { ...config, idempotency: 'off' }, schema: { body: z.strictObject({ rule }), response: { 200: preview } } },
    async (request) => {
      const { workspace, scopes } = principalOf(request);
      const found = await previews.preview(workspace, request.body.rule);
      const disclosure = scopes.has('pii:read') ? 'revealed' : 'masked';
      const views = await Promise.all(found.sample.map((id) => customers.get(workspace, id, disclosure)));
      const sample = views.flatMap((view) =>
        view === null ? [] : [{ qontak_customer_id: view.qontak_customer_id, attributes: { ...view.attributes } }],
      );
      return { ...found, sample, per_rule: [...found.per_rule] };
    },
  );
  const asked = z.strictObject({ rule, qontak_customer_id: z.string().max(64) });
  const explained = z.object({ matches: z.boolean(), parts: z.array(z.object({ pointer: z.string(), holds: z.boolean() })) });
  api.post('/v1/segments/explain', { config, schema: { body: asked, response: { 200: explained } } }, async (request) => {
    const { rule: asTold, qontak_customer_id: customerId } = request.body;
    const found = await previews.explain(principalOf(request).workspace, asTold, customerId);
    if (found === null) throw new EngineError('not_found', `Expected the id of a customer, found ${customerId}, which is none.`);
    return { matches: found.matches, parts: [...found.parts] };
  });
}

function unknown(segmentId: string): EngineError {
  return new EngineError('not_found', `Expected the id of a segment of this workspace, found ${segmentId}, which is none.`);
}
