import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Api } from '../../api/route-config.js';
import { openApiUnderTest, TEST_KEY, type ApiUnderTest } from '../support/api.js';
import { exampleRoutes } from '../support/example-routes.js';

const bearer = { authorization: `Bearer ${TEST_KEY}` };
const json = { ...bearer, 'content-type': 'application/json' };

describe('the API base', () => {
  let open: ApiUnderTest | undefined;
  const start = async (options: Parameters<typeof openApiUnderTest>[0] = {}): Promise<ApiUnderTest> => {
    open = await openApiUnderTest({ routes: [exampleRoutes], ...options });
    return open;
  };
  afterEach(async () => {
    await open?.api.close();
  });

  it('knows a key in each place where clients put it', async () => {
    const { api } = await start();
    const basic = `Basic ${Buffer.from(`${TEST_KEY}:`).toString('base64')}`;
    const requests = [
      { headers: { authorization: basic }, payload: {} },
      { headers: { 'x-write-key': TEST_KEY }, payload: {} },
      { headers: {}, payload: { writeKey: TEST_KEY } },
      { headers: {}, payload: { api_key: TEST_KEY } },
    ];
    for (const request of requests) {
      const response = await api.inject({ method: 'POST', url: '/v1/echo', ...request });
      expect(response.json()).toMatchObject({ workspace: 'acme' });
    }
    const elsewhere = await api.inject({ method: 'POST', url: '/v1/things', payload: { name: 'a', writeKey: TEST_KEY } });
    expect(elsewhere.statusCode).toBe(401);
    expect(elsewhere.headers['www-authenticate']).toEqual(['Basic realm="cebe", charset="UTF-8"', 'Bearer realm="cebe"']);
    const byScript = await api.inject({ method: 'POST', url: '/v1/things', payload: {}, headers: { 'sec-fetch-mode': 'cors' } });
    expect([byScript.statusCode, byScript.headers['www-authenticate']]).toEqual([401, ['Bearer realm="cebe"']]);
  });

  it('answers HEAD wherever it answers GET, and without a body', async () => {
    const { api } = await start();
    for (const url of ['/livez', '/readyz', '/metrics']) {
      const response = await api.inject({ method: 'HEAD', url });
      expect([response.statusCode, response.body]).toEqual([200, '']);
    }
    expect((await api.inject({ method: 'HEAD', url: '/v1/things' })).statusCode).toBe(401);
    expect((await api.inject({ method: 'HEAD', url: '/v1/things', headers: bearer })).statusCode).toBe(200);
  });

  it('refuses a key without the scope of the call', async () => {
    const { api } = await start({ scopes: ['segments:read'] });
    const response = await api.inject({ method: 'POST', url: '/v1/echo', payload: {}, headers: bearer });
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('ingest:write') });
  });

  it('names each wrong or unknown field and parameter with a pointer', async () => {
    const { api } = await start();
    const body = await api.inject({
      method: 'POST',
      url: '/v1/things',
      payload: { name: '', nmae: 1, 'a/b': { n: 'x' } },
      headers: bearer,
    });
    expect(body.statusCode).toBe(400);
    const { errors } = body.json<{ errors: { pointer: string }[] }>();
    expect(errors.map((error) => error.pointer).sort()).toEqual(['/a~1b/n', '/name', '/nmae']);
    const query = await api.inject({ url: '/v1/things?limit=0&offset=5', headers: bearer });
    expect(query.statusCode).toBe(400);
    expect(query.json()).toMatchObject({
      code: 'invalid_input',
      errors: expect.arrayContaining([
        expect.objectContaining({ pointer: '/limit' }),
        { pointer: '/offset', detail: 'query parameter: there is no such field' },
      ]),
    });
    const missing = await api.inject({ method: 'POST', url: '/v1/things', headers: bearer });
    expect(missing.json()).toMatchObject({ status: 400, code: 'invalid_input', errors: [{ pointer: '' }] });
    expect((await api.inject({ url: '/v1/breaks?x=1' })).statusCode).toBe(400);
  });

  it('answers what does not exist, and paths that are not URLs, with 404 and 400 problems', async () => {
    const { api } = await start();
    expect((await api.inject({ url: '/v1/nothing?email=a@b.c' })).json()).toMatchObject({
      status: 404,
      code: 'route_unknown',
      instance: '/v1/nothing',
    });
    expect((await api.inject({ method: 'PUT', url: '/v1/nothing', payload: '{', headers: json })).statusCode).toBe(404);
    expect((await api.inject({ url: '/v1/%zz' })).json()).toMatchObject({ status: 400, code: 'invalid_input' });
  });

  it('compares If-Match with the revision', async () => {
    const { api } = await start();
    const put = (ifMatch: string) =>
      api.inject({ method: 'PUT', url: '/v1/things/t1', headers: { ...bearer, 'if-match': ifMatch } });
    expect((await put('"7"')).headers.etag).toBe('"8"');
    expect((await put('"6"')).json()).toMatchObject({ status: 412, code: 'revision_stale' });
    expect((await put('7')).json()).toMatchObject({ status: 400, code: 'invalid_input' });
  });

  it('answers failures that may pass with 429 and Retry-After where the route asks for it', async () => {
    const { api } = await start();
    const response = await api.inject({ method: 'POST', url: '/v1/fails/x', payload: {} });
    expect(response.json()).toMatchObject({ status: 429, code: 'store_unavailable' });
    expect(response.headers['retry-after']).toBe('3');
  });

  it('tells nothing of its inside when it fails, and logs the failure without the message of a parser', async () => {
    const { api, logged } = await start();
    const response = await api.inject({ url: '/v1/breaks' });
    expect(response.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(response.body).not.toContain('secret');
    const line = logged.find((text) => text.includes('http.failed'));
    expect(line).toContain('"stack"');
    expect(line).not.toContain('ani@mail.com');
  });

  it('logs a request by its route, without its path, query and body', async () => {
    const { api, logged } = await start();
    await api.inject({ method: 'PUT', url: '/v1/things/ani%40mail.com?email=x%40y.z', headers: bearer });
    await api.inject({ method: 'POST', url: '/v1/echo?email=x%40y.z', payload: { email: 'x@y.z' }, headers: bearer });
    const text = logged.join('');
    expect(text).toContain('"route":"/v1/things/:id"');
    expect(text).toContain('"event":"http.request"');
    expect(text).not.toMatch(/ani@|mail\.com|x@y|%40/);
  });

  it('continues the trace of the caller', async () => {
    const { api } = await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const known = await api.inject({ method: 'POST', url: '/v1/echo', payload: {}, headers: { ...bearer, traceparent } });
    expect(known.json()).toMatchObject({ traceparent });
    const problem = await api.inject({ url: '/v1/nothing', headers: { traceparent } });
    expect(problem.json()).toMatchObject({ trace_id: '0af7651916cd43dd8448eb211c80319c' });
    const fresh = await api.inject({ url: '/v1/nothing', headers: { traceparent: 'nonsense' } });
    expect(fresh.json()).toMatchObject({ trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  it('answers /livez, /readyz and /metrics without a key', async () => {
    const { api } = await start({
      readiness: () => [
        { name: 'log', ok: true },
        { name: 'profiles', ok: false, detail: 'catching up' },
      ],
    });
    expect((await api.inject({ url: '/livez' })).json()).toEqual({ status: 'alive' });
    const ready = await api.inject({ url: '/readyz' });
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({
      status: 'not_ready',
      checks: [
        { name: 'log', ok: true },
        { name: 'profiles', detail: 'catching up' },
      ],
    });
    expect((await api.inject({ url: '/metrics' })).body).toContain('cebe_http_request_duration_seconds_bucket');
  });

  it('describes every call in OpenAPI 3.1, and shows it on a page that loads nothing foreign', async () => {
    const { api } = await start();
    const description = (await api.inject({ url: '/openapi.json' })).json<{
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    }>();
    expect(description.openapi).toMatch(/^3\.1/);
    expect(Object.keys(description.paths)).toEqual(expect.arrayContaining(['/v1/things', '/livez', '/readyz']));
    expect(description.paths['/livez']?.get).toMatchObject({ security: [] });
    expect(description.paths['/v1/things']?.get).toMatchObject({
      responses: { '4XX': { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } } },
    });
    const front = await api.inject({ url: '/' });
    expect([front.statusCode, front.headers.location]).toEqual([302, '/docs']);
    const page = await api.inject({ url: '/docs/' });
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'self'/);
    // On plain http and another address than this machine's it would keep the page from loading anything.
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(page.body).toContain('<title>CEBE');
    expect((await api.inject({ url: '/docs/static/swagger-ui.css' })).headers['content-type']).toMatch(/^text\/css/);
    const missing = await api.inject({ url: '/docs/nothing' });
    expect(missing.statusCode).toBe(404);
    expect(missing.json()).toMatchObject({ code: 'route_unknown' });
    const plain = await api.inject({ url: '/livez' });
    expect(plain.headers['content-security-policy']).toMatch(/default-src 'none'/);
    expect(plain.headers['x-content-type-options']).toBe('nosniff');
  });

  it('does not start with a route that names no access, or that would let unknown fields through', async () => {
    const nameless = (api: Api): void => void api.get('/v1/x', () => ({}));
    const open = (api: Api): void =>
      void api.post('/v1/x', { config: { access: 'public' }, schema: { body: z.object({}) } }, () => ({}));
    await expect(openApiUnderTest({ routes: [nameless] })).rejects.toThrow(/names no access/);
    await expect(openApiUnderTest({ routes: [open] })).rejects.toThrow(/strictObject/);
  });
});
