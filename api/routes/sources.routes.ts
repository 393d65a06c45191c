import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { replayPlan } from '../../commands/tracking-plans/replay-plan.js';
import type { TrackingPlanCommands } from '../../commands/tracking-plans/tracking-plans.commands.js';
import { EngineError } from '../../contracts/errors.js';
import type { PlanViolations } from '../../contracts/read-models/plan-violations.port.js';
import type { PlanDraft, SourcePlan, TrackingPlans } from '../../contracts/read-models/tracking-plans.port.js';
import { trackingPlanSchema, violationKinds } from '../../contracts/tracking-plans/tracking-plan.js';
import { isoInstant, type Clock } from '../../runtime/clock.js';
import { createJobFeed } from '../../runtime/job-feed.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import { createLongAnswers } from '../long-answers.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Api, ApiRoutes } from '../route-config.js';

type Replay = Parameters<typeof replayPlan>[1];

export interface SourcesRoutesDeps {
  readonly storeId: string;
  readonly clock: Clock;
  readonly reads: ReadConsistency;
  readonly commands: TrackingPlanCommands;
  readonly plans: TrackingPlans;
  readonly violations: PlanViolations;
  /** Holds what a source sent against a plan. */
  readonly replay: (options: Replay) => ReturnType<typeof replayPlan>;
}

const DAY_MS = 86_400_000;
const params = z.strictObject({ source: z.string().max(128) });
const named = z.strictObject({ source: z.string().regex(/^[a-z0-9_-]{1,64}$/) });
const draft = z.object({ draft: z.int(), plan: trackingPlanSchema, at: z.string(), actor: z.string() });
const planView = z.object({ source: z.string(), draft, published: draft.optional() });
const changed = z.object({ draft: z.int(), position: z.string() });
const days = z.int().min(1).max(366).default(7).describe('How far back to look');
const follow = z.stringbool().default(false).describe('Answer progress as NDJSON until the end');
const reads = { access: 'sources:read' };
const writes = { access: 'sources:write' };
const violation = z.object({
  source: z.string(),
  type: z.string(),
  kind: z.enum(violationKinds),
  field: z.string().optional(),
  warned: z.int(),
  refused: z.int(),
  first_at: z.string(),
  last_at: z.string(),
  samples: z.array(
    z.object({
      at: z.string(),
      event_id: z.string().optional(),
      qontak_customer_id: z.string().optional(),
      dead_letter: z.string().optional(),
      found: z.string().optional(),
      value: z.string().optional().describe('Masked'),
    }),
  ),
});

/** `/v1/sources`: what each source may send, and what it sends against that. */
export function sourcesRoutes(deps: SourcesRoutesDeps): ApiRoutes {
  return (api) => {
    addReads(api, deps);
    addChanges(api, deps);
    addReplays(api, deps);
  };
}

function addReads(api: Api, deps: SourcesRoutesDeps): void {
  const querystring = z.strictObject(consistencyQuery);
  const list = z.object({ data: z.array(planView), as_of: asOfSchema });
  api.get('/v1/sources', { config: reads, schema: { querystring, response: { 200: list } } }, async (request) => {
    const as_of = await deps.reads.of('tracking-plans', request.query);
    const plans = await deps.plans.list(principalOf(request).workspace);
    return { data: plans.map(viewOf), as_of };
  });
  const one = planView.extend({ as_of: asOfSchema });
  const schema = { params, querystring, response: { 200: one } };
  api.get('/v1/sources/:source/plan', { config: reads, schema }, async (request) => {
    const as_of = await deps.reads.of('tracking-plans', request.query);
    return { ...viewOf(await existing(deps, principalOf(request).workspace, request.params.source)), as_of };
  });
  const counted = { params, querystring, response: { 200: z.object({ data: z.array(violation), as_of: asOfSchema }) } };
  api.get('/v1/sources/:source/violations', { config: reads, schema: counted }, async (request) => {
    const as_of = await deps.reads.of('ingest-statistics', request.query);
    const { workspace } = principalOf(request);
    const found = await deps.violations.list(workspace, request.params.source);
    // One that has neither is a slip of the pen.
    if (found.length === 0) await existing(deps, workspace, request.params.source);
    return { data: found.map((count) => ({ ...count, samples: [...count.samples] })), as_of };
  });
}

function addChanges(api: Api, deps: SourcesRoutesDeps): void {
  const drafting = { params: named, body: trackingPlanSchema, response: { 200: changed } };
  api.put('/v1/sources/:source/plan', { config: writes, schema: drafting }, async (request) => {
    const done = await deps.commands.draft(request.params.source, request.body, commandContextOf(request, deps.clock));
    return { draft: done.draft, position: encodePosition(deps.storeId, done.position) };
  });
  const schema = { params, response: { 200: changed } };
  api.delete('/v1/sources/:source/plan', { config: writes, schema }, async (request) => {
    const { source } = request.params;
    const done = await deps.commands.withdraw(source, commandContextOf(request, deps.clock));
    return { draft: done.draft, position: encodePosition(deps.storeId, done.position) };
  });
}

/** Both look back first; publishing names the draft that was looked at, so that a newer one is not published unseen. */
function addReplays(api: Api, deps: SourcesRoutesDeps): void {
  const answers = createLongAnswers(api);
  const closing = new AbortController();
  api.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  /** A replay that nobody waits for ends. */
  const begin = (reply: FastifyReply, asked: LookBack): ReturnType<typeof lookBack> => {
    const left = new AbortController();
    reply.raw.once('close', () => {
      left.abort();
    });
    return lookBack(deps, { ...asked, signal: AbortSignal.any([closing.signal, left.signal]) });
  };
  const check = { params, querystring: z.strictObject({ follow }), body: z.strictObject({ days }).prefault({}) };
  api.post('/v1/sources/:source/plan/check', { config: reads, schema: check }, async (request, reply) => {
    const asked = { workspace: principalOf(request).workspace, ...request.params, ...request.body };
    const { progress, result } = await begin(reply, asked);
    if (!request.query.follow) return answers.result(reply, result);
    return reply.type('application/x-ndjson').send(answers.lines(reply, progress, () => result));
  });
  const body = z.strictObject({ draft: z.int().positive().describe('The draft that was checked'), days });
  const publish = { params, querystring: z.strictObject({ follow }), body };
  api.post('/v1/sources/:source/plan/publish', { config: writes, schema: publish }, async (request, reply) => {
    const context = commandContextOf(request, deps.clock);
    const { source } = request.params;
    const { progress, result } = await begin(reply, { workspace: context.workspace, source, ...request.body });
    const published = result.then(async (report) => {
      const done = await deps.commands.publish(source, request.body.draft, context);
      return { ...report, position: encodePosition(deps.storeId, done.position) };
    });
    if (!request.query.follow) return answers.result(reply, published);
    return reply.type('application/x-ndjson').send(answers.lines(reply, progress, () => published));
  });
}

interface LookBack {
  readonly workspace: string;
  readonly source: string;
  readonly days: number;
  /** Only this draft will do. */
  readonly draft?: number;
}

async function lookBack(
  deps: SourcesRoutesDeps,
  { workspace, source, days: back, draft: wanted, signal }: LookBack & { readonly signal: AbortSignal },
) {
  const newest = await deps.commands.newest(workspace, source);
  if (wanted !== undefined && wanted !== newest.draft) {
    throw new EngineError('revision_stale', `Expected draft ${wanted} to be the newest, found draft ${newest.draft}.`);
  }
  const since = isoInstant(deps.clock() - back * DAY_MS);
  const feed = createJobFeed<object>({ state: 'replaying', done: 0, total: 0 });
  const replayed = deps.replay({
    workspace,
    source,
    plan: newest.plan,
    since,
    signal,
    onProgress: (progress) => feed.push(progress),
  });
  const result = replayed
    .then((report) => ({ state: 'result', draft: newest.draft, since, ...report }))
    .finally(() => feed.end());
  result.catch(() => undefined);
  return { progress: feed.reports(), result };
}

async function existing({ plans }: SourcesRoutesDeps, workspace: string, source: string): Promise<SourcePlan> {
  const plan = await plans.get(workspace, source);
  if (plan !== null) return plan;
  throw new EngineError('not_found', `Expected a tracking plan of the source ${source}, found none.`);
}

function viewOf({ source, draft: newest, published }: SourcePlan): z.infer<typeof planView> {
  const view = ({ plan, ...rest }: PlanDraft) => ({ ...rest, plan });
  return { source, draft: view(newest), ...(published === undefined ? {} : { published: view(published) }) };
}
