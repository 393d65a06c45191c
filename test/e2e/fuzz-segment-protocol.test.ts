import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BEFORE_FIRST } from '../../contracts/events/event.js';
import { nasty } from '../support/arbitrary-requests.js';
import { damaged } from '../support/damage.js';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';
import { collect } from '../support/new-events.js';

const TOKEN = 'cebe_local_test';
const RUNS = 300;

const names = fc.constantFrom('Order Completed', 'Product Viewed', 'Signed Up', 'call_logged', 'ad.clicked', 'a');
const person = fc.constantFrom({ userId: 'u1' }, { anonymousId: 'v1' }, { userId: 7, anonymousId: 'v1' }, { userId: 'guest' });
const time = fc.constantFrom(
  { timestamp: '2026-11-22T09:00:00Z' },
  { originalTimestamp: '2026-11-22T09:00:00Z', sentAt: '2026-11-22T09:00:01Z' },
  { originalTimestamp: '+275760-09-13T00:00:00Z' },
  { timestamp: 1_795_343_475, sentAt: 'never' },
);
const more = fc.constantFrom(
  { type: 'identify', traits: { email: 'ani@mail.example', firstName: 'Ani', address: { city: 'Bandung' }, age: 30 } },
  { type: 'track', properties: { order_id: 1, total: '9.50', currency: 'USD', products: [{ quantity: 2 }] } },
  { type: 'page', name: 'Home', properties: { path: '/', url: 'https://shop.example/' } },
  { type: 'screen', name: 'Cart', category: 'Shop' },
  { type: 'group', groupId: 'acme', traits: { plan: 'gold' } },
  { type: 'alias', previousId: 'v1' },
);
const surroundings = fc.constantFrom(
  {},
  { context: { ip: '192.0.2.1', campaign: { source: 'mail' }, traits: { plan: 'pro' } } },
  { integrations: { All: false }, context: null },
  { context: { call: 1 }, channel: 'server' },
);

/** A call as clients send it, with something else in up to three places. */
const call = damaged(
  fc
    .tuple(fc.record({ messageId: fc.uuid(), event: names }), person, time, more, surroundings)
    .map((parts): object => Object.assign({}, ...parts) as object),
);

interface Receipts {
  readonly receipts: readonly { readonly status: string; readonly code?: string; readonly event_id: string }[];
}

describe('whatever clients of the Segment protocol send', () => {
  let open: EngineUnderTest;
  const kept = new Set<string>();
  const counts = { accepted: 0, duplicate: 0, quarantined: 0 };
  beforeAll(async () => {
    open = await openEngineUnderTest({ token: TOKEN });
  });
  afterAll(() => open.close());

  const send = (url: string, payload: string, type = 'application/json') =>
    open.engine.api.inject({
      method: 'POST',
      url,
      payload,
      headers: { authorization: `Bearer ${TOKEN}`, ...(type === '' ? {} : { 'content-type': type }) },
    });
  const failures = (): readonly string[] => open.logged.filter((line) => line.includes('"http.failed"'));
  const note = ({ receipts }: Receipts): void => {
    for (const { status, code, event_id: id } of receipts) {
      expect(code === undefined).toBe(status !== 'quarantined');
      counts[status as keyof typeof counts] += 1;
      kept.add(id);
    }
  };

  it('as a batch gets a receipt for each call', async () => {
    const calls = fc.array(fc.oneof(call, call, call, nasty), { maxLength: 8 });
    const envelope = fc.constantFrom(
      '',
      ',"sentAt":"2026-11-22T09:30:00Z"',
      ',"sentAt":7,"context":{"ip":"192.0.2.1"}',
      ',"context":7',
    );
    const path = fc.constantFrom('/v1/batch', '/v1/batch/', '/v1/b');
    await fc.assert(
      fc.asyncProperty(calls, envelope, path, async (batch, beside, url) => {
        const payload = `{"batch":[${batch.map((one) => JSON.stringify(one)).join(',')}]${beside}}`;
        const answer = await send(url, payload, 'text/plain');
        expect([answer.statusCode, payload, failures()]).toEqual([200, payload, []]);
        expect(answer.json<Receipts>().receipts).toHaveLength(batch.length);
        note(answer.json<Receipts>());
      }),
      { numRuns: RUNS },
    );
  });

  it('as a call of its own gets one receipt', async () => {
    const paths = fc.constantFrom('identify', 'track', 'page', 'screen', 'group', 'alias', 'i', 't', 'p', 's', 'g', 'a');
    await fc.assert(
      fc.asyncProperty(fc.oneof(call, call, call, nasty), paths, async (body, path) => {
        const payload = JSON.stringify(body);
        const answer = await send(`/v1/${path}`, payload);
        expect([answer.statusCode, payload, failures()]).toEqual([200, payload, []]);
        expect(answer.json<Receipts>().receipts).toHaveLength(1);
        note(answer.json<Receipts>());
      }),
      { numRuns: RUNS },
    );
  });

  it('as bytes is never answered 5xx', async () => {
    const bytes = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((text) => `{"batch":${text}}`),
    );
    const types = fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'application/xml', '');
    await fc.assert(
      fc.asyncProperty(bytes, types, fc.constantFrom('/v1/batch', '/v1/t'), async (body, type, url) => {
        const answer = await send(url, body, type);
        expect([200, 400, 413, 415]).toContain(answer.statusCode);
        if (answer.statusCode === 200) note(answer.json<Receipts>());
      }),
      { numRuns: RUNS },
    );
  });

  it('is in the log afterwards, once, accepted or in quarantine', async () => {
    expect(Math.min(counts.accepted, counts.quarantined)).toBeGreaterThan(100);
    const log = await collect(open.engine.stores.eventStore.readAll({ after: BEFORE_FIRST }));
    const accepted = log.filter(({ id }) => kept.has(id)).map(({ id }) => id);
    expect(new Set(accepted).size).toBe(accepted.length);
    const quarantined = log
      .filter(({ type }) => type === 'quarantine.received')
      .map(({ stream }) => stream.slice(stream.indexOf('.') + 1));
    expect([...accepted, ...quarantined].sort()).toEqual([...kept].sort());
    expect(accepted).toHaveLength(counts.accepted);
    expect((await open.engine.api.inject({ url: '/readyz' })).statusCode).toBe(200);
  });
});
