import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { listContracts } from '../../contracts/events/registry.js';
import { arbitraryRequest, createKnownTexts, nasty, operationsOf, type ArbitraryRequest } from '../support/arbitrary-requests.js';
import { damaged } from '../support/damage.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { PATIENCE_MS } from '../support/patience.js';

const TOKEN = 'cebe_local_test';

/** An event that its contract takes, with something else in up to three places. */
const damagedEvent = damaged(
  fc
    .record({
      contract: fc.constantFrom(...listContracts().filter(({ intake }) => intake)),
      messageId: fc.uuid(),
      customer: fc.constantFrom(
        { qontak_customer_id: '7' },
        { identifiers: { email: 'ani@mail.example', phone: '0812 3456 7345' } },
      ),
    })
    .map(({ contract, messageId, customer }) => {
      const properties = contract.moduleExample ?? contract.example;
      return { type: contract.type, message_id: messageId, customer, properties, context: {} };
    }),
);

interface Receipts {
  readonly receipts: readonly { readonly status: string; readonly code?: string }[];
}

/** What there is when the calls begin, so that some of them mean something. */
const beginnings = [
  { url: '/v1/segments', body: { name: 'a', rule: { type: 'attribute', field: 'city', op: 'eq', value: 'Bandung' } } },
  { url: '/v1/templates', body: { name: 'a', subject: 'Hello', html: '<p>{{ first_name | default: "there" }}</p>' } },
  { url: '/v1/suppressions', body: { email: 'gone@mail.example', reason: 'complained' } },
];

describe('whatever is sent', () => {
  let open: EngineUnderTest;
  beforeAll(async () => {
    open = await openEngineUnderTest({ token: TOKEN });
  });
  afterAll(() => open.close());

  const send = (payload: string | Buffer, headers: Readonly<Record<string, string>>) =>
    open.engine.api.inject({
      method: 'POST',
      url: '/v1/events',
      payload,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });

  it('to /v1/events as bytes is never answered 5xx', async () => {
    const types = fc.constantFrom('application/json', 'application/x-ndjson', 'text/plain', 'application/xml', '');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.string().map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, types, fc.constantFrom('', 'gzip', 'zipped', 'br'), async (body, type, encoding) => {
        const payload = encoding === 'zipped' ? gzipSync(body) : Buffer.from(body);
        const answer = await send(payload, {
          ...(type === '' ? {} : { 'content-type': type }),
          ...(encoding === '' ? {} : { 'content-encoding': encoding.replace('zipped', 'gzip') }),
        });
        expect([200, 400, 413, 415]).toContain(answer.statusCode);
      }),
      { numRuns: 400 },
    );
  });

  it('to /v1/events as JSON gets a receipt for each entry, which add up', async () => {
    const entries = fc.array(fc.oneof(damagedEvent, damagedEvent, nasty), { maxLength: 8 });
    let statuses: readonly string[] = [];
    await fc.assert(
      fc.asyncProperty(entries, fc.boolean(), async (events, asLines) => {
        const lines = events.map((event) => JSON.stringify(event));
        const answer = asLines
          ? await send(lines.join('\n'), { 'content-type': 'application/x-ndjson' })
          : await send(`{"events":[${lines.join(',')}]}`, { 'content-type': 'application/json' });
        expect([answer.statusCode, lines, failuresOf(open)]).toEqual([200, lines, []]);
        const { receipts } = answer.json<Receipts>();
        expect(receipts).toHaveLength(events.length);
        for (const { status, code } of receipts) expect(code === undefined).toBe(status !== 'quarantined');
        statuses = [...statuses, ...receipts.map(({ status }) => status)];
      }),
      { numRuns: 400 },
    );
    expect(statuses.filter((status) => status === 'accepted').length).toBeGreaterThan(100);
    expect(statuses.filter((status) => status === 'quarantined').length).toBeGreaterThan(100);
  });

  it('to the calls of the OpenAPI document is never answered 5xx', async () => {
    const document: unknown = JSON.parse((await open.engine.api.inject({ url: '/openapi.json' })).body);
    const operations = operationsOf(document, ['/v1/events', '/v1/events/tail', '/metrics', '/docs']);
    const known = createKnownTexts();
    for (const { url, body } of beginnings) known.note((await open.call('POST', url, { body })).text);
    const request = fc.constantFrom(...operations).chain((operation) => arbitraryRequest(operation, known));
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const answer = await ask(open, asked);
        const place = `${asked.operation.method} ${asked.url} ${asked.body === undefined ? '' : JSON.stringify(asked.body)} ▸ ${answer.statusCode}`;
        expect([place, ...failuresOf(open)]).toEqual([place]);
        // Asked to include a write within no time at all, the documented answer is to ask again.
        if (!answer.body.includes('projection_behind')) expect(answer.statusCode).toBeLessThan(500);
        if (answer.statusCode < 300) known.note(answer.body);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves an engine that is ready, with nothing blocked', async () => {
    expect((await open.engine.api.inject({ url: '/readyz' })).statusCode).toBe(200);
    expect((await open.call('GET', '/v1/dead-letters?kind=projection', { key: TOKEN })).body).toMatchObject({ data: [] });
    const head = await open.engine.stores.eventStore.head();
    for (const { name } of await open.engine.runner.status()) await open.engine.runner.waitFor(name, head, PATIENCE_MS);
    // The requests may have begun one that waits to be switched.
    const rebuild = await open.engine.runner.rebuildOf('profiles');
    rebuild?.switch();
    await rebuild?.done;
    expect(await open.engine.runner.verify('profiles').done).toMatchObject({ equal: true });
  });
});

function ask(open: EngineUnderTest, { operation, url, body }: ArbitraryRequest) {
  return open.engine.api.inject({
    method: operation.method,
    url,
    headers: { authorization: `Bearer ${TOKEN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  });
}

/** What the engine logged when it failed. */
function failuresOf(open: EngineUnderTest): readonly string[] {
  return open.logged.filter((line) => line.includes('"http.failed"'));
}
