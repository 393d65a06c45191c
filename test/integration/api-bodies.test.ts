import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openApiUnderTest, TEST_KEY, type ApiUnderTest } from '../support/api.js';
import { exampleRoutes } from '../support/example-routes.js';

const bearer = { authorization: `Bearer ${TEST_KEY}` };
const json = { ...bearer, 'content-type': 'application/json' };

describe('request bodies', () => {
  let open: ApiUnderTest | undefined;
  const start = async (options: Parameters<typeof openApiUnderTest>[0] = {}): Promise<ApiUnderTest> => {
    open = await openApiUnderTest({ routes: [exampleRoutes], ...options });
    return open;
  };
  afterEach(async () => {
    await open?.api.close();
  });

  const badBodies: readonly (readonly [string, string | Buffer, Record<string, string>, number, string])[] = [
    ['malformed JSON', '{"a":', json, 400, 'invalid_json'],
    ['arrays nested 5,000 deep', '['.repeat(5000) + ']'.repeat(5000), json, 400, 'invalid_json'],
    ['objects nested 21 deep', '{"a":'.repeat(21) + '1' + '}'.repeat(21), json, 400, 'invalid_json'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), json, 400, 'invalid_json'],
    ['a key __proto__', '{"a":{"__proto__":{"admin":true}}}', json, 400, 'invalid_json'],
    ['an escaped key __proto__', '{"\\u005f_proto__":{"admin":true}}', json, 400, 'invalid_json'],
    ['half a surrogate pair', '{"a":"\\ud800"}', json, 400, 'invalid_json'],
    ['a body over the limit', `"${'x'.repeat(100_001)}"`, json, 413, 'body_too_large'],
    ['a gzip bomb', gzipSync(Buffer.alloc(20_000_000, 0x20)), { ...json, 'content-encoding': 'gzip' }, 413, 'body_too_large'],
    ['gzip that is none', 'plain', { ...json, 'content-encoding': 'gzip' }, 400, 'invalid_json'],
    ['another encoding', 'plain', { ...json, 'content-encoding': 'br' }, 415, 'media_type_unsupported'],
    ['another media type', '<a/>', { ...bearer, 'content-type': 'application/xml' }, 415, 'media_type_unsupported'],
    [
      'NDJSON where only JSON is read',
      '{}',
      { ...bearer, 'content-type': 'application/x-ndjson' },
      415,
      'media_type_unsupported',
    ],
    ['no key', '{}', { 'content-type': 'application/json' }, 401, 'unauthenticated'],
    ['an unknown key', '{}', { authorization: 'Bearer cebe_other', 'content-type': 'application/json' }, 401, 'unauthenticated'],
  ];

  it.each(badBodies)('answers %s with a problem document', async (_name, payload, headers, status, code) => {
    const { api } = await start();
    const response = await api.inject({ method: 'POST', url: '/v1/echo?email=ani%40mail.com', payload, headers });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem: unknown = response.json();
    expect(problem).toEqual({
      type: `urn:cebe:error:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      instance: '/v1/echo',
      code,
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      errors: expect.any(Array),
    });
  });

  it('never quotes a body that it cannot parse', async () => {
    const { api, logged } = await start();
    const response = await api.inject({ method: 'POST', url: '/v1/echo', payload: '{"email": ani@mail.com}', headers: json });
    expect(response.statusCode).toBe(400);
    expect(response.body).not.toContain('mail.com');
    expect(logged.join('')).not.toContain('mail.com');
  });

  it('takes nesting up to the limit, and brackets inside of strings for what they are', async () => {
    const { api } = await start();
    const deep = '['.repeat(20) + ']'.repeat(20);
    const text = JSON.stringify({ a: `${'['.repeat(50)}\\"${'{'.repeat(50)}` });
    expect((await api.inject({ method: 'POST', url: '/v1/echo', payload: deep, headers: json })).statusCode).toBe(200);
    expect((await api.inject({ method: 'POST', url: '/v1/echo', payload: text, headers: json })).statusCode).toBe(200);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/cloudevents+json',
    '',
  ])('reads JSON labelled "%s", plain and gzipped', async (type) => {
    const { api } = await start();
    const headers = type === '' ? bearer : { ...bearer, 'content-type': type };
    const body = Buffer.from('{"a":1}');
    const plain = await api.inject({ method: 'POST', url: '/v1/echo', payload: body, headers });
    const zipped = await api.inject({
      method: 'POST',
      url: '/v1/echo/',
      payload: gzipSync(body),
      headers: { ...headers, 'content-encoding': 'gzip' },
    });
    expect([plain.statusCode, zipped.statusCode]).toEqual([200, 200]);
    expect([plain.json<{ body: unknown }>().body, zipped.json<{ body: unknown }>().body]).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('hands lines, forms and raw bodies to the routes that want them', async () => {
    const { api } = await start();
    const lines = await api.inject({
      method: 'POST',
      url: '/v1/lines',
      payload: gzipSync('{"a":1}\nnot json'),
      headers: { ...bearer, 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
    });
    expect(lines.json()).toEqual({ lines: 2 });
    const form = await api.inject({
      method: 'POST',
      url: '/v1/form',
      payload: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.json()).toEqual({ body: { 'List-Unsubscribe': 'One-Click' } });
    const raw = await api.inject({
      method: 'POST',
      url: '/u/x',
      payload: '--b',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    expect(raw.json()).toEqual({ raw: true });
  });
});
