import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';

/** The key that the recorded requests were sent with. */
const KEY = 'wk1';

const recorded = z.object({
  sdk: z.string(),
  method: z.enum(['GET', 'POST']),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  bodyText: z.string(),
  rawBase64: z.string().optional(),
});
const requests = readFileSync(join(__dirname, '../fixtures/event-clients/requests.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => recorded.parse(JSON.parse(line)));
const isSegment = ({ url, headers }: z.infer<typeof recorded>): boolean => url === '/v1/batch' && 'authorization' in headers;
const cases = requests.map((request, index) => ({
  ...request,
  name: `${index + 1}. ${request.sdk} ${request.method} ${request.url.split('?')[0] ?? ''}`,
}));

const answer = z.object({
  receipts: z.array(z.object({ status: z.string(), code: z.string().optional(), pointer: z.string().optional() })),
});
const json = { 'content-type': 'application/json' };
const track = { type: 'track', event: 'Signed Up', userId: 'u1' };

describe('requests of event clients', () => {
  let open: EngineUnderTest;
  let made = 0;
  const call = (change: object = {}): object => ({ ...track, messageId: `m-${String((made += 1))}`, ...change });
  beforeAll(async () => {
    open = await openEngineUnderTest({ token: KEY });
  });
  afterAll(() => open.close());

  const send = (url: string, payload: string | Buffer, headers: Readonly<Record<string, string>> = json) =>
    open.engine.api.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${KEY}`, ...headers } });
  const sendCall = async (body: object, url = '/v1/batch') =>
    answer.parse((await send(url, JSON.stringify(url === '/v1/batch' ? { batch: [body] } : body))).json()).receipts[0];

  it.each(cases.filter(isSegment))('of the Segment protocol are taken as they were recorded: $name', async (request) => {
    const payload = request.rawBase64 === undefined ? request.bodyText : Buffer.from(request.rawBase64, 'base64');
    const { authorization = '', 'content-type': type = '', 'content-encoding': encoding } = request.headers;
    const headers = { authorization, 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
    const calls = z.object({ batch: z.array(z.unknown()) }).parse(JSON.parse(request.bodyText)).batch;
    for (const [path, wanted] of [
      ['/v1/batch', 'accepted'],
      ['/v1/batch/', 'duplicate'],
      ['/v1/b', 'duplicate'],
    ] as const) {
      const response = await send(path, payload, headers);
      expect([response.statusCode, response.body]).toEqual([200, expect.any(String)]);
      const { receipts } = answer.parse(response.json());
      const statuses = receipts.map(({ status, code }) => (code === 'event_too_large' ? 'too large' : status));
      expect([calls.length, statuses.filter((status) => status !== 'too large')]).toEqual([
        statuses.length,
        statuses.filter((status) => status !== 'too large').map(() => wanted),
      ]);
    }
  });

  it.each(cases.filter((request) => !isSegment(request)))(
    'of other protocols are not supported, which is said plainly: $name',
    async ({ method, url, headers, bodyText, rawBase64 }) => {
      const before = await open.engine.stores.eventStore.head();
      const payload = rawBase64 === undefined ? bodyText : Buffer.from(rawBase64, 'base64');
      const kept = Object.entries(headers).filter(([name]) =>
        /^(?:content-type|content-encoding|x-write-key|authorization|ce-)/.test(name),
      );
      const response = await open.engine.api.inject({
        method,
        url,
        headers: Object.fromEntries(kept),
        ...(method === 'GET' ? {} : { payload }),
      });
      // CloudEvents come to a path that exists, without a credential.
      expect([response.statusCode, response.json()]).toEqual([
        url === '/v1/events' ? 401 : 404,
        expect.objectContaining({ code: url === '/v1/events' ? 'unauthenticated' : 'route_unknown' }),
      ]);
      expect(await open.engine.stores.eventStore.head()).toBe(before);
    },
  );

  const labels = ['application/json', 'text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', ''];
  it.each(
    labels.flatMap((label) => [
      { label, packed: 'plain' },
      { label, packed: 'gzipped' },
    ]),
  )('may be labelled "$label", $packed', async ({ label, packed }) => {
    const text = JSON.stringify({ batch: [call()] });
    const headers = {
      ...(label === '' ? {} : { 'content-type': label }),
      ...(packed === 'plain' ? {} : { 'content-encoding': 'gzip' }),
    };
    const response = await send('/v1/batch', packed === 'plain' ? text : gzipSync(text), headers);
    expect([response.statusCode, response.json()]).toMatchObject([200, { receipts: [{ status: 'accepted' }] }]);
  });

  it.each([
    ['Basic with the key as user name', { authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}` }, {}],
    ['Bearer', { authorization: `Bearer ${KEY}` }, {}],
    ['X-Write-Key', { 'x-write-key': KEY }, {}],
    ['writeKey in the body', {}, { writeKey: KEY }],
    ['api_key in the body', {}, { api_key: KEY }],
    ['writeKey in the body beside an empty Basic', { authorization: 'Basic Og==' }, { writeKey: KEY }],
  ])('may carry their key as %s, on every path, and it is kept nowhere', async (_, headers, inBody) => {
    for (const path of ['identify', 'track', 'page', 'screen', 'group', 'alias', 'i', 't', 'p', 's', 'g', 'a', 't/']) {
      const body = call({ groupId: 'g1', previousId: 'u0', ...inBody });
      const response = await open.engine.api.inject({
        method: 'POST',
        url: `/v1/${path}`,
        headers: { ...json, ...headers },
        payload: JSON.stringify(body),
      });
      expect([path, response.statusCode, response.json()]).toMatchObject([path, 200, { receipts: [{ status: 'accepted' }] }]);
    }
  });

  it.each([
    ['no key', {}, {}, 401, 'unauthenticated'],
    ['a key that is unknown', { authorization: 'Basic bm9ib2R5Og==' }, {}, 401, 'unauthenticated'],
    ['a key in the body that is unknown', {}, { writeKey: 'nobody' }, 401, 'unauthenticated'],
  ])('with %s are refused', async (_, headers, inBody, status, code) => {
    const payload = JSON.stringify({ batch: [call()], ...inBody });
    const response = await open.engine.api.inject({
      method: 'POST',
      url: '/v1/batch',
      headers: { ...json, ...headers },
      payload,
    });
    expect([response.statusCode, response.json()]).toMatchObject([status, { code }]);
  });

  it('need a key that may push', async () => {
    const { body } = await open.call('POST', '/v1/keys', { body: { name: 'a', source: 'bi', role: 'analyst' } });
    const response = await send('/v1/batch', '{"batch":[]}', { ...json, authorization: `Bearer ${String(body['key'])}` });
    expect([response.statusCode, response.json()]).toMatchObject([403, { code: 'forbidden' }]);
  });

  it.each([
    ['malformed JSON', () => '{"batch":[', 400, 'invalid_json'],
    ['nothing', () => '', 400, 'invalid_json'],
    ['bytes that are not UTF-8', () => Buffer.from([0x7b, 0xff, 0x7d]), 400, 'invalid_json'],
    ['a list', () => '[]', 400, 'invalid_input'],
    ['no batch', () => '{}', 400, 'invalid_input'],
    ['a batch that is no list', () => '{"batch":{}}', 400, 'invalid_input'],
    ['2,501 calls', () => JSON.stringify({ batch: Array(2_501).fill({ a: 1 }) }), 413, 'body_too_large'],
    ['more than 500 KB', () => JSON.stringify({ batch: ['x'.repeat(520_000)] }), 413, 'body_too_large'],
  ])('that cannot be read are answered with a problem and stored nowhere: %s', async (_, body, status, code) => {
    const before = await open.engine.stores.eventStore.head();
    const response = await send('/v1/batch', body());
    expect([response.statusCode, response.json()]).toMatchObject([status, { code, status }]);
    expect(await open.engine.stores.eventStore.head()).toBe(before);
  });

  it.each([
    ['number', () => 7, 'event_invalid'],
    ['null', () => null, 'event_invalid'],
    ['call of no kind', () => call({ type: 'delete' }), 'call_invalid'],
    ['call without a message id', () => call({ messageId: undefined }), 'message_id_missing'],
    ['call whose message id is too long', () => call({ messageId: 'x'.repeat(129) }), 'message_id_too_long'],
    ['call whose message id is personal', () => call({ messageId: 'ada@mail.example' }), 'message_id_personal'],
    ['call about nobody', () => call({ userId: null }), 'customer_missing'],
    ['call about a guest', () => call({ userId: 'guest' }), 'customer_missing'],
    ['user who is an object', () => call({ userId: {} }), 'identifier_invalid'],
    ['event without a name', () => call({ event: '' }), 'type_missing'],
    ['event whose name is personal', () => call({ event: 'Mailed ada@mail.example' }), 'type_personal'],
    ['event whose name has no letter', () => call({ event: '…' }), 'type_invalid'],
    ['event of the engine', () => call({ event: 'customer.erased' }), 'type_reserved'],
    ['time that is none', () => call({ timestamp: 'yesterday' }), 'occurred_at_invalid'],
    ['time far ahead', () => call({ timestamp: '2999-01-01T00:00:00Z' }), 'from_the_future'],
    [
      'order without a currency',
      () => call({ event: 'Order Completed', properties: { order_id: '1', total: 1 } }),
      'contract_violated',
    ],
    ['property of another kind', () => call({ properties: 'a' }), 'properties_invalid'],
    ['context of another kind', () => call({ context: [] }), 'context_invalid'],
    ['call of more than 32 KB', () => call({ properties: { a: 'x'.repeat(33_000) } }), 'event_too_large'],
    [
      'call that is nested deeply',
      () => call({ properties: JSON.parse(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`) as unknown }),
      'event_too_deep',
    ],
    ['alias without an id before', () => call({ type: 'alias' }), 'contract_violated'],
    ['alias of a guest', () => call({ type: 'alias', previousId: 'guest' }), 'identifier_invalid'],
  ])('keep a bad %s for a person, and take the calls beside it', async (_, bad, code) => {
    const body = JSON.stringify({ batch: [call(), bad(), call()] });
    const first = await send('/v1/batch', body);
    expect([first.statusCode, first.json()]).toMatchObject([
      200,
      { receipts: [{ status: 'accepted' }, { status: 'quarantined', code }, { status: 'accepted' }] },
    ]);
    const again = await send('/v1/batch', body);
    const kept = z.object({ receipts: z.array(z.object({ event_id: z.string() })) });
    expect(kept.parse(again.json()).receipts[1]).toEqual(kept.parse(first.json()).receipts[1]);
  });

  it('without anything in them are no calls', async () => {
    const response = await send('/v1/track', '', {});
    expect([response.statusCode, response.json()]).toMatchObject([400, { code: 'invalid_json' }]);
  });

  it('know a call by its message id, whenever and however often it is sent', async () => {
    const late = { ...call({ originalTimestamp: '2026-01-01T00:00:00Z' }), userId: '' };
    const kept: unknown[] = [];
    for (const sentAt of ['2026-01-01T00:00:01Z', '2026-01-01T00:00:09Z']) {
      const receipt = z.object({ receipts: z.tuple([z.looseObject({ event_id: z.string(), code: z.string() })]) });
      kept.push(receipt.parse((await send('/v1/batch', JSON.stringify({ batch: [late], sentAt }))).json()).receipts[0].event_id);
    }
    expect(kept[0]).toBe(kept[1]);
    const good = { ...late, userId: 'u1' };
    expect(await sendCall(good)).toMatchObject({ status: 'accepted' });
    expect(await sendCall({ ...good, sentAt: '2026-01-01T00:00:19Z' }, '/v1/track')).toMatchObject({ status: 'duplicate' });
  });

  it('that wait for a person stay one dead letter, also when they are tried again in vain', async () => {
    const bad = call({
      event: 'Order Completed',
      originalTimestamp: '2026-01-01T00:00:00Z',
      properties: { order_id: 'once', total: 1 },
    });
    const payload = JSON.stringify({ batch: [bad], sentAt: '2026-01-01T00:00:00Z' });
    const receipt = z.object({ receipts: z.tuple([z.object({ event_id: z.string() })]) });
    const id = receipt.parse((await send('/v1/batch', payload)).json()).receipts[0].event_id;
    const head = await open.engine.stores.eventStore.head();
    await open.engine.runner.waitFor('quarantine', head, 60_000);
    const { body } = await open.call('POST', `/v1/dead-letters/ingest:${id}/retry`, { body: {} });
    expect(body).toMatchObject({ outcome: 'still_waiting' });
    expect(receipt.parse((await send('/v1/batch', payload)).json()).receipts[0].event_id).toBe(id);
    const created: string[] = [];
    for await (const event of open.engine.stores.eventStore.readAll({ after: head })) created.push(event.type);
    expect(created).not.toContain('quarantine.received');
  });
});
