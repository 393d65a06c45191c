import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listCursor } from '../../api/queries/list-cursor.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const properties = { order_id: '1', amount: '19.90', currency: 'USD', created_at: '2026-01-02T03:04:05Z' };
const customer = { qontak_customer_id: '70012' };
let made = 0;
const order = (change: object = {}): object => {
  made += 1;
  return { type: 'order_created', message_id: `m-${made}`, customer, properties, ...change };
};
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const proto = (inner: string): unknown => JSON.parse(inner.replace('PROTO', '__proto__'));
const json = { 'content-type': 'application/json' };
const ndjson = { 'content-type': 'application/x-ndjson' };

describe('what modules send', () => {
  let open: EngineUnderTest;
  const refused: string[] = [];
  beforeAll(async () => {
    open = await openEngineUnderTest();
  });
  afterAll(() => open.close());

  const send = (payload: string | Buffer, headers: Readonly<Record<string, string>> = json, key = open.key) =>
    open.engine.api.inject({
      method: 'POST',
      url: '/v1/events',
      payload,
      headers: key === '' ? headers : { authorization: `Bearer ${key}`, ...headers },
    });

  const unreadable: readonly (readonly [string, () => string | Buffer, Readonly<Record<string, string>>, number, string])[] = [
    ['malformed JSON', () => '{"events":[', json, 400, 'invalid_json'],
    ['nothing', () => '', json, 400, 'invalid_json'],
    ['a list instead of {events}', () => '[]', json, 400, 'invalid_input'],
    ['events that are no list', () => '{"events":{}}', json, 400, 'invalid_input'],
    ['no events', () => '{}', json, 400, 'invalid_input'],
    ['nesting 5,000 deep', () => `{"events":[{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}]}`, json, 400, 'invalid_json'],
    ['bytes that are not UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), json, 400, 'invalid_json'],
    ['lines that are not UTF-8', () => Buffer.from([0x7b, 0x7d, 0x0a, 0xff, 0x0a]), ndjson, 400, 'invalid_json'],
    ['10,000 events', () => JSON.stringify({ events: Array(10_000).fill({ a: 1 }) }), json, 413, 'body_too_large'],
    ['10,000 lines', () => '{}\n'.repeat(10_000), ndjson, 413, 'body_too_large'],
    ['more than 500 KB', () => JSON.stringify({ events: ['x'.repeat(520_000)] }), json, 413, 'body_too_large'],
    ['XML', () => '<a/>', { 'content-type': 'application/xml' }, 415, 'media_type_unsupported'],
  ];
  it.each(unreadable)('is answered with a problem and stored nowhere: %s', async (_, body, headers, status, code) => {
    const before = await open.engine.stores.eventStore.head();
    const answer = await send(body(), headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ code, status });
    expect(await open.engine.stores.eventStore.head()).toBe(before);
  });

  it('takes a request without events, and says where the log stands', async () => {
    const { position } = (await send('{"events":[]}')).json<{ position: string }>();
    expect((await open.call('GET', `/v1/segments?min_position=${position}`)).status).toBe(200);
    expect((await send('\n', { 'content-type': 'application/x-ndjson' })).json()).toEqual({ receipts: [], position });
  });

  it('needs a known key of the right scope', async () => {
    expect((await send('{"events":[]}', json, '')).statusCode).toBe(401);
    expect((await send('{"events":[]}', json, 'cebe_nobody')).statusCode).toBe(401);
    const { body } = await open.call('POST', '/v1/keys', { body: { name: 'a', source: 'bi', role: 'analyst' } });
    await open.engine.runner.waitFor('api-keys', await open.engine.stores.eventStore.head(), PATIENCE_MS);
    const answer = await send('{"events":[]}', json, String(body['key']));
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
  });

  const quarantined: readonly (readonly [string, () => unknown, string])[] = [
    ['a number', () => 7, 'event_invalid'],
    ['null', () => null, 'event_invalid'],
    ['a list', () => [], 'event_invalid'],
    ['an empty object', () => ({}), 'type_missing'],
    ['a type that is a number', () => order({ type: 7 }), 'type_missing'],
    ['a type with spaces', () => order({ type: 'order created' }), 'type_invalid'],
    ['a type of the engine', () => order({ type: 'identity.claimed' }), 'type_reserved'],
    ['no message id', () => order({ message_id: undefined }), 'message_id_missing'],
    ['a message id that is too long', () => order({ message_id: 'x'.repeat(129) }), 'message_id_too_long'],
    ['a message id with an address', () => order({ message_id: 'ani@mail.example' }), 'message_id_personal'],
    ['a message id that is a phone number', () => order({ message_id: '+6281234567890' }), 'message_id_personal'],
    ['a message id with a phone number', () => order({ message_id: 'call +6281234567890' }), 'message_id_personal'],
    ['nobody', () => order({ customer: {} }), 'customer_missing'],
    ['a customer id with spaces', () => order({ customer: { qontak_customer_id: 'a b' } }), 'customer_id_invalid'],
    ['an identifier that is a list', () => order({ customer: { identifiers: { email: [] } } }), 'identifier_invalid'],
    ['a field that envelopes do not have', () => order({ custmer: 1 }), 'event_field_unknown'],
    ['properties that are a list', () => order({ properties: [] }), 'properties_invalid'],
    ['no amount', () => order({ properties: { ...properties, amount: undefined } }), 'contract_violated'],
    ['an amount in words', () => order({ properties: { ...properties, amount: 'ten' } }), 'amount_invalid'],
    ['an amount too fine', () => order({ properties: { ...properties, amount: '1.999' } }), 'amount_too_precise'],
    ['a currency that is none', () => order({ properties: { ...properties, currency: 'ZZZ' } }), 'currency_unknown'],
    ['30 February', () => order({ occurred_at: '2026-02-30T10:00:00Z' }), 'occurred_at_invalid'],
    ['25 o’clock', () => order({ occurred_at: '2026-02-03T25:00:00Z' }), 'occurred_at_invalid'],
    ['a time without offset', () => order({ occurred_at: '2026-02-03T10:00:00' }), 'occurred_at_invalid'],
    ['29 February 2025', () => order({ properties: { ...properties, created_at: '2025-02-29T10:00:00Z' } }), 'contract_violated'],
    ['the year 2999', () => order({ occurred_at: '2999-01-01T00:00:00Z' }), 'from_the_future'],
    ['40 KB', () => order({ properties: { ...properties, note: 'x'.repeat(40_000) } }), 'event_too_large'],
    ['nesting 200 deep', () => order({ properties: { ...properties, deep: nested(200) } }), 'event_too_deep'],
    ['__proto__ among the properties', () => order({ properties: proto('{"PROTO":{"admin":true}}') }), 'property_name_reserved'],
    ['__proto__ inside of one', () => order({ properties: { a: proto('{"PROTO":{"admin":true}}') } }), 'property_name_reserved'],
    ['__proto__ in the envelope', () => proto('{"PROTO":{"admin":true},"type":"x","message_id":"p"}'), 'event_field_unknown'],
    ['half a character in the message id', () => order({ message_id: 'cut \ud83d' }), 'text_invalid'],
    ['half a character', () => order({ properties: { ...properties, note: 'cut \ud83d' } }), 'text_invalid'],
    ['a name that is an address', () => order({ properties: { 'ani@mail.example': 1 } }), 'property_name_personal'],
    ['NUL in a name', () => order({ properties: { ...properties, 'a\0': 1 } }), 'property_name_invalid'],
    [
      'NUL in a name inside of a value',
      () => order({ properties: { ...properties, a: [{ 'b\0': 1 }] } }),
      'property_name_invalid',
    ],
    ['NUL in a name of the context', () => order({ context: { page: { 'b\0': 1 } } }), 'property_name_invalid'],
    [
      'NUL in an identifier of the envelope',
      () => order({ customer: { identifiers: { 'email\0': 'x' } } }),
      'event_field_unknown',
    ],
    ['null in a list', () => order({ properties: { ...properties, list: [null] } }), 'properties_invalid'],
  ];
  it.each(quarantined)('is quarantined without harm to its neighbours: %s', async (_, bad, code) => {
    const answer = await send(JSON.stringify({ events: [order(), bad(), order()] }));
    expect(answer.statusCode).toBe(200);
    const { receipts } = answer.json<{ receipts: { status: string; code?: string; event_id: string }[] }>();
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'quarantined', 'accepted']);
    expect(receipts[1]?.code).toBe(code);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    refused.push(`ingest:${receipts[1]?.event_id ?? ''}`);
  });

  it('says which name holds NUL, and blocks nothing', async () => {
    const answer = await send(JSON.stringify({ events: [order({ properties: { ...properties, a: [{ 'b\0': 1 }] } })] }));
    expect(answer.json()).toMatchObject({
      receipts: [{ code: 'property_name_invalid', detail: expect.stringContaining('U+0000'), pointer: '/properties/a/0/b\0' }],
    });
    const { receipts } = answer.json<{ receipts: { event_id: string }[] }>();
    refused.push(`ingest:${receipts[0]?.event_id ?? ''}`);
    const head = await open.engine.stores.eventStore.head();
    for (const { name } of await open.engine.runner.status()) await open.engine.runner.waitFor(name, head, PATIENCE_MS);
    expect((await open.call('GET', '/v1/dead-letters?kind=projection')).body['data']).toEqual([]);
  });

  it('may hold NUL in its values, which come back as they were sent', async () => {
    const texts = { nickname: 'a\0b', tags: ['\0', { inner: 'c\0' }], first_name: 'A\0ni' };
    const person = { qontak_customer_id: 'nul' };
    const identified = { ...person, identifiers: { email: 'nul\0@mail.example', anonymous_id: 'd\0e', external_id: 'crm:\0' } };
    const sent = [
      { type: 'customer.updated', message_id: 'nul-1', customer: identified, properties: texts, context: { page: 'p\0' } },
      { type: 'nul_seen', message_id: 'nul-\0', customer: person, properties: texts, context: { ip: '1\0' } },
    ];
    const { receipts } = (await open.call('POST', '/v1/events', { body: { events: sent } })).body as {
      receipts: { status: string; position: string }[];
    };
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
    const since = `min_position=${receipts[1]?.position ?? ''}`;
    const profile = (await open.call('GET', `/v1/customers/nul?${since}`)).body;
    expect(profile).toMatchObject({ attributes: { nickname: 'a\0b', tags: ['\0', { inner: 'c\0' }], first_name: 'A\0ni' } });
    expect(profile['as_of']).not.toHaveProperty('blocked');
    const timeline = (await open.call('GET', '/v1/customers/nul/timeline')).body;
    expect(JSON.stringify(timeline)).toContain('nul-\\u0000');
    const rule = { op: 'AND', rules: [{ type: 'attribute', field: 'nickname', op: 'eq', value: 'a\0b' }] };
    expect((await open.call('POST', '/v1/segments/preview', { body: { rule } })).body).toMatchObject({ count: 1 });
    const contains = { op: 'AND', rules: [{ type: 'attribute', field: 'nickname', op: 'contains', value: '\0b' }] };
    expect((await open.call('POST', '/v1/segments/preview', { body: { rule: contains } })).body).toMatchObject({ count: 1 });
    expect((await open.call('GET', '/v1/dead-letters?kind=projection')).body['data']).toEqual([]);
  });

  it('quarantines lines that are not JSON, with their numbers', async () => {
    const answer = await send(`${JSON.stringify(order())}\n{"type":\n\n\u0000\n`, ndjson);
    const { receipts } = answer.json<{ receipts: { status: string; code?: string; event_id: string }[] }>();
    expect(receipts.map(({ status, code }) => code ?? status)).toEqual(['accepted', 'line_invalid', 'line_invalid']);
    refused.push(...receipts.slice(1).map(({ event_id: id }) => `ingest:${id}`));
  });

  it('waits as a dead letter for a person when it was quarantined, each once', async () => {
    await open.engine.runner.waitFor('quarantine', await open.engine.stores.eventStore.head(), PATIENCE_MS);
    const { body } = await open.call('GET', '/v1/dead-letters?kind=ingest&limit=1000');
    const letters = body['data'] as { id: string }[];
    expect(letters.map(({ id }) => id).sort()).toEqual([...refused].sort());
    expect(letters).toHaveLength(quarantined.length + 3);
    for (const letter of letters) {
      const { id } = letter;
      expect(await open.call('GET', `/v1/dead-letters/${id}`)).toMatchObject({ status: 200, body: letter });
      expect(await open.call('POST', `/v1/dead-letters/${id}/retry`)).toMatchObject({
        status: 200,
        body: { outcome: 'still_waiting' },
      });
    }
  });

  it('is counted whole: received is accepted plus quarantined', async () => {
    const text = (await open.engine.api.inject({ url: '/metrics' })).body;
    const counts = [...text.matchAll(/^cebe_ingest_(\w+)_total\{[^}]*\} (\d+)$/gm)];
    const sum = (name: string): number =>
      counts.filter(([, counter]) => counter === name).reduce((total, [, , value]) => total + Number(value), 0);
    expect(sum('received')).toBeGreaterThan(quarantined.length * 3);
    expect(sum('received')).toBe(sum('decided'));
    expect(text).toContain('cebe_projection_blocked{projection="profiles"} 0\n');
  });
});

describe('what people ask for', () => {
  let open: EngineUnderTest;
  beforeAll(async () => {
    open = await openEngineUnderTest();
  });
  afterAll(() => open.close());

  const mistakes: readonly (readonly ['GET' | 'POST' | 'PATCH' | 'DELETE', string, object | undefined, number, string])[] = [
    ['POST', '/v1/keys', { name: 'a', source: 'bi', nickname: 'b' }, 400, 'invalid_input'],
    ['POST', '/v1/keys', { name: 7, source: 'bi' }, 400, 'invalid_input'],
    ['PATCH', '/v1/workspace', { time_zone: 'Mars/Olympus' }, 400, 'invalid_input'],
    ['GET', '/v1/customers?limit=0', undefined, 400, 'invalid_input'],
    ['GET', '/v1/customers?colour=red', undefined, 400, 'invalid_input'],
    ['GET', '/v1/customers?min_position=nonsense', undefined, 400, 'position_unknown'],
    ['GET', '/v1/customers/nobody', undefined, 404, 'not_found'],
    ['GET', '/v1/customers/70012/timeline?cursor=%00', undefined, 400, 'invalid_input'],
    ...[
      '/v1/customers',
      '/v1/segments',
      '/v1/dead-letters',
      '/v1/dead-letters?kind=message',
      '/v1/dead-letters?kind=projection',
    ].flatMap((path) =>
      ['zzz', 'NzAwMTI', listCursor('another list').write('70012')].map(
        (cursor) =>
          ['GET', `${path}${path.includes('?') ? '&' : '?'}cursor=${String(cursor)}`, undefined, 400, 'invalid_input'] as const,
      ),
    ),
    ['POST', '/v1/imports/none/finish', undefined, 404, 'not_found'],
    ['GET', '/v1/nothing', undefined, 404, 'route_unknown'],
    ['DELETE', '/v1/keys/none', undefined, 404, 'not_found'],
  ];
  it.each(mistakes)('%s %s is answered with a problem that names the mistake', async (method, url, body, status, code) => {
    const answer = await open.call(method, url, body === undefined ? {} : { body });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(String(answer.headers['content-type'])).toMatch(/^application\/problem\+json/);
  });
});
