import { z } from 'zod';
import { EngineError, isEngineError } from '../../contracts/errors.js';
import {
  deadLetterKinds,
  type DeadLetterKind,
  type DeadLetters,
  type RetryResult,
} from '../../contracts/read-models/dead-letters.port.js';
import { isoInstant, type Clock } from '../../runtime/clock.js';
import { parsePosition } from '../../runtime/positions.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery, type AsOf } from '../queries/consistency.js';
import { listCursor } from '../queries/list-cursor.js';
import { listQuery, pageSchema } from '../queries/list-query.js';
import type { ConsistencyAsked, ReadConsistency } from '../read-consistency.js';
import type { Api, ApiRoutes } from '../route-config.js';

export interface DeadLettersRoutesDeps {
  readonly storeId: string;
  readonly sources: Readonly<Record<DeadLetterKind, DeadLetters>>;
  /** The read models that letters of the kind are in; at least one. */
  readonly modelsOf: (kind: DeadLetterKind) => readonly string[];
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

const kind = z.enum(deadLetterKinds).default('ingest');
const letter = z.object({
  id: z.string(),
  kind: z.enum(deadLetterKinds),
  group: z.string(),
  code: z.string(),
  detail: z.string(),
  reference: z.record(z.string(), z.union([z.string(), z.number()])),
  since: z.string(),
});
const result = z.object({ id: z.string(), outcome: z.enum(['resolved', 'still_waiting']), detail: z.string().optional() });
const params = z.strictObject({ id: z.string().max(512) });
const PAGE = 100;
const TOTAL = 10_000;

/** `/v1/dead-letters`: everything that waits for a person, of whatever kind; retried or dropped one by one or as a group. */
export function deadLettersRoutes(deps: DeadLettersRoutesDeps): ApiRoutes {
  return (api) => {
    addReads(api, deps);
    addActions(api, deps);
  };
}

function addReads(api: Api, deps: DeadLettersRoutesDeps): void {
  const { sources } = deps;
  const config = { access: 'dead_letters:read' };
  const querystring = z.strictObject({ ...listQuery, ...consistencyQuery, kind, group: z.string().max(512).optional() });
  api.get(
    '/v1/dead-letters',
    {
      config,
      schema: { querystring, response: { 200: z.object({ data: z.array(letter), page: pageSchema, as_of: asOfSchema }) } },
    },
    async (request) => {
      const { limit, cursor, group, kind: asked } = request.query;
      const pages = listCursor(['dead letters', asked, ...(group === undefined ? [] : [group])].join(' '));
      const after = pages.read(cursor);
      const as_of = await asOf(deps, asked, request.query);
      const walk = { limit, ...(after === undefined ? {} : { after }), ...(group === undefined ? {} : { group }) };
      const { letters, next } = await sources[asked].list(principalOf(request).workspace, walk);
      return {
        data: letters.map((one) => ({ ...one, reference: { ...one.reference } })),
        page: { next_cursor: pages.write(next) },
        as_of,
      };
    },
  );
  const one = { params, querystring: z.strictObject(consistencyQuery), response: { 200: letter.extend({ as_of: asOfSchema }) } };
  api.get('/v1/dead-letters/:id', { config, schema: one }, async (request) => {
    const [of, reference] = splitId(request.params.id);
    const as_of = await asOf(deps, of, request.query);
    const found = await sources[of].get(principalOf(request).workspace, reference);
    return { ...found, reference: { ...found.reference }, as_of };
  });
  const groups = z.object({
    data: z.array(z.object({ kind: z.enum(deadLetterKinds), group: z.string(), count: z.int(), example: letter })),
    as_of: asOfSchema,
  });
  api.get(
    '/v1/dead-letters/groups',
    { config, schema: { querystring: z.strictObject({ ...consistencyQuery, kind }), response: { 200: groups } } },
    async (request) => {
      const as_of = await asOf(deps, request.query.kind, request.query);
      const found = await sources[request.query.kind].groups(principalOf(request).workspace);
      return {
        as_of,
        data: found.map((group) => ({ ...group, example: { ...group.example, reference: { ...group.example.reference } } })),
      };
    },
  );
}

/** How current the read model of the kind is; where there are several, the one that is furthest behind. */
async function asOf(
  { modelsOf, reads, storeId }: DeadLettersRoutesDeps,
  of: DeadLetterKind,
  asked: ConsistencyAsked,
): Promise<AsOf> {
  const all = await Promise.all(modelsOf(of).map((model) => reads.of(model, asked)));
  const at = ({ position }: AsOf): bigint => parsePosition(position, storeId);
  return all.reduce((oldest, one) => (at(one) < at(oldest) ? one : oldest));
}

function addActions(api: Api, { sources, clock }: DeadLettersRoutesDeps): void {
  const config = { access: 'dead_letters:write' };
  api.post('/v1/dead-letters/:id/retry', { config, schema: { params, response: { 200: result } } }, async (request) => {
    const { workspace, actor } = principalOf(request);
    const [of, reference] = splitId(request.params.id);
    return sources[of].retry(workspace, reference, { actor, at: isoInstant(clock()) });
  });
  const body = z.strictObject({ reason: z.string().max(1_000).optional() }).optional();
  api.post(
    '/v1/dead-letters/:id/drop',
    { config, schema: { params, body, response: { 204: z.void() } } },
    async (request, reply) => {
      const { workspace, actor } = principalOf(request);
      const [of, reference] = splitId(request.params.id);
      const reason = request.body?.reason;
      await sources[of].drop(workspace, reference, {
        actor,
        at: isoInstant(clock()),
        ...(reason === undefined ? {} : { reason }),
      });
      return reply.code(204).send();
    },
  );
  const group = z.strictObject({ kind: z.enum(deadLetterKinds), group: z.string().max(512) });
  const done = z.object({ resolved: z.int(), still_waiting: z.int(), results: z.array(result) });
  api.post('/v1/dead-letters/retry', { config, schema: { body: group, response: { 200: done } } }, async (request) => {
    const { workspace, actor } = principalOf(request);
    const by = { actor, at: isoInstant(clock()) };
    const results = await retryGroup(sources[request.body.kind], { workspace, group: request.body.group, by });
    const resolved = results.filter(({ outcome }) => outcome === 'resolved').length;
    return { resolved, still_waiting: results.length - resolved, results };
  });
}

interface GroupRetry {
  readonly workspace: string;
  readonly group: string;
  readonly by: { readonly actor: string; readonly at: string };
}

/** One after the other, those that wait when the walk comes to them; at most 10,000. */
async function retryGroup(source: DeadLetters, { workspace, group, by }: GroupRetry): Promise<RetryResult[]> {
  if (source.retryGroup !== undefined) return [...(await source.retryGroup(workspace, group, by))];
  const results: RetryResult[] = [];
  let after: string | undefined;
  do {
    const { letters, next } = await source.list(workspace, { limit: PAGE, group, ...(after === undefined ? {} : { after }) });
    for (const { id } of letters) {
      const [, reference] = splitId(id);
      try {
        results.push(await source.retry(workspace, reference, by));
      } catch (error) {
        // Somebody else has retried or dropped it since the page was read.
        if (!isEngineError(error, 'not_found')) throw error;
      }
    }
    after = next ?? undefined;
  } while (after !== undefined && results.length < TOTAL);
  return results;
}

function splitId(id: string): readonly [DeadLetterKind, string] {
  const colon = id.indexOf(':');
  const found = deadLetterKinds.find((candidate) => candidate === id.slice(0, colon));
  if (found === undefined)
    throw new EngineError('not_found', 'Expected the id of a dead letter, such as ingest:1f0c…; found another text.');
  return [found, id.slice(colon + 1)];
}
