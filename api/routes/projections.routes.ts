import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import { encodePosition } from '../../runtime/positions.js';
import type { RebuildProgress } from '../../runtime/rebuild.js';
import type { Runner } from '../../runtime/runner.js';
import { createLongAnswers } from '../long-answers.js';
import type { ApiRoutes } from '../route-config.js';

export interface ProjectionsRoutesDeps {
  readonly storeId: string;
  readonly runner: Pick<Runner, 'status' | 'rebuild' | 'rebuildOf' | 'verify'>;
}

const status = z.looseObject({
  name: z.string(),
  version: z.int(),
  generation: z.int(),
  state: z.string(),
  position: z.string(),
  head: z.string(),
  lag_events: z.number(),
});
const params = z.strictObject({ name: z.string().max(64) });
const follow = z.stringbool().default(false).describe('Answer progress as NDJSON until the job ends');

/** `/v1/projections`: how projections are doing; rebuild, switch and verify them. They belong to the engine, not to a workspace. */
export function projectionsRoutes({ runner, storeId }: ProjectionsRoutesDeps): ApiRoutes {
  const config = { access: 'projections:write' };
  return (api) => {
    const answers = createLongAnswers(api);
    const list = { response: { 200: z.object({ data: z.array(status) }) } };
    api.get('/v1/projections', { config: { access: 'projections:read' }, schema: list }, async () => ({
      data: [...(await runner.status())],
    }));

    const asked = z.strictObject({
      follow,
      switch: z.enum(['auto', 'manual']).default('auto').describe('`manual` waits with the switch'),
    });
    api.post('/v1/projections/:name/rebuild', { config, schema: { params, querystring: asked } }, async (request, reply) => {
      const job = await runner.rebuild(request.params.name, request.query.switch);
      job.done.catch(() => undefined);
      if (!request.query.follow) return reply.code(202).send({ name: request.params.name, generation: job.generation });
      return reply
        .type('application/x-ndjson')
        .send(answers.lines(reply, progressViews(job.progress()), async () => ({ state: await job.done })));
    });
    api.post('/v1/projections/:name/switch', { config, schema: { params } }, async (request, reply) => {
      const job = await runner.rebuildOf(request.params.name);
      if (job === null)
        throw new EngineError('not_found', `Expected a rebuild of ${request.params.name} on its way; there is none.`);
      job.switch();
      return reply.code(202).send({ name: request.params.name, generation: job.generation });
    });
    api.post(
      '/v1/projections/:name/verify',
      { config, schema: { params, querystring: z.strictObject({ follow }) } },
      async (request, reply) => {
        const job = runner.verify(request.params.name);
        const result = async (): Promise<object> => {
          const { equal, position, documents, differing } = await job.done;
          return {
            equal,
            position: encodePosition(storeId, position),
            documents,
            differing: differing.map((one) => ({ ...one })),
          };
        };
        if (!request.query.follow) return answers.result(reply, result());
        job.done.catch(() => undefined);
        return reply
          .type('application/x-ndjson')
          .send(answers.lines(reply, job.progress(), async () => ({ state: 'result', ...(await result()) })));
      },
    );
  };
}

async function* progressViews(progress: AsyncIterable<RebuildProgress>): AsyncGenerator<object> {
  for await (const { eventsPerSecond: events_per_second, secondsLeft, ...rest } of progress) {
    yield { ...rest, events_per_second, ...(secondsLeft === undefined ? {} : { seconds_left: secondsLeft }) };
  }
}
