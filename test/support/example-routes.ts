import { z } from 'zod';
import { ifMatchRevision, requireRevision, setRevision } from '../../api/if-match.js';
import { principalOf } from '../../api/plugins/authentication.plugin.js';
import { listQuery, pageSchema } from '../../api/queries/list-query.js';
import type { Api } from '../../api/route-config.js';
import { traceparentOf } from '../../api/trace.js';
import { EngineError } from '../../contracts/errors.js';

/** Routes of each kind that the API base offers. */
export function exampleRoutes(api: Api): void {
  api.post(
    '/v1/echo',
    { config: { access: 'ingest:write', loose: true, sdkCredentials: true }, bodyLimit: 100_000 },
    (request) => ({
      body: request.body ?? 'none',
      workspace: principalOf(request).workspace,
      traceparent: traceparentOf(request),
    }),
  );
  api.post('/v1/lines', { config: { access: 'ingest:write', loose: true, body: 'ndjson' } }, (request) => ({
    lines: Buffer.isBuffer(request.body) ? request.body.toString('utf8').split('\n').length : 'json',
  }));
  api.post('/u/:token', { config: { access: 'public', loose: true, body: 'raw' } }, (request) => ({
    raw: Buffer.isBuffer(request.body),
  }));
  api.post('/v1/form', { config: { access: 'public', loose: true, body: 'form' } }, (request) => ({ body: request.body }));
  api.post(
    '/v1/things',
    {
      config: { access: 'segments:write' },
      schema: { body: z.strictObject({ name: z.string().min(1), 'a/b': z.strictObject({ n: z.int() }).optional() }) },
    },
    (_request, reply) => reply.code(201).send({ id: 't1' }),
  );
  api.get(
    '/v1/things',
    {
      config: { access: 'segments:read' },
      schema: {
        querystring: z.strictObject(listQuery),
        response: { 200: z.object({ data: z.array(z.object({ id: z.string() })), page: pageSchema }) },
      },
    },
    () => ({ data: [{ id: 't1' }], page: { next_cursor: null } }),
  );
  api.put(
    '/v1/things/:id',
    { config: { access: 'segments:write' }, schema: { params: z.object({ id: z.string() }) } },
    (request, reply) => {
      requireRevision(ifMatchRevision(request), 7n);
      setRevision(reply, 8n);
      return {};
    },
  );
  api.post('/v1/fails/:code', { config: { access: 'public', loose: true, unavailableAs: 429 } }, () => {
    throw new EngineError('store_unavailable', 'The log is away.', { details: { retry_after_s: 3 } });
  });
  api.get('/v1/breaks', { config: { access: 'public' } }, () => {
    throw new SyntaxError('secret ani@mail.com in the message');
  });
}
