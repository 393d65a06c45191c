import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';
import { eventClients, type ClientCall, type EventClient } from '../support/event-clients.js';
import { eventually } from '../support/eventually.js';
import { sendHalfRequests } from '../support/half-requests.js';
import { collect } from '../support/new-events.js';

const callsOf = (person: string): readonly [ClientCall, ...ClientCall[]] => [
  { kind: 'identify', userId: person, anonymousId: `${person}-v`, traits: { email: `${person}@mail.example`, city: 'Bandung' } },
  { kind: 'track', userId: person, event: 'Order Completed', properties: { order_id: 'o1', total: 9.5, currency: 'USD' } },
  { kind: 'track', userId: person, event: 'Signed Up' },
  { kind: 'page', anonymousId: `${person}-v`, name: 'Home' },
  { kind: 'screen', anonymousId: `${person}-v`, name: 'Cart' },
  { kind: 'group', userId: person, groupId: 'acme' },
  { kind: 'alias', userId: person, previousId: `${person}-before` },
];
const types = 'customer.aliased customer.updated group_joined order_created page_viewed screen_viewed signed_up'.split(' ');

describe('an unmodified client of the Segment protocol', () => {
  let http: EngineOnHttp;
  beforeAll(async () => {
    http = await openEngineOnHttp();
  });
  afterAll(() => http.close());

  /** The client with a key whose source has the given name. */
  const connected = async (open: (typeof eventClients)[number]['open'], source: string): Promise<EventClient> => {
    const { body } = await http.open.call('POST', '/v1/keys', { body: { name: source, source, role: 'module' } });
    return open({ url: http.url, key: String(body['key']) });
  };
  const stored = async (source: string): Promise<readonly RecordedEvent[]> => {
    const log = await collect(http.open.engine.stores.eventStore.readAll({ after: BEFORE_FIRST }));
    return log.filter(({ metadata }) => metadata.source === source);
  };

  it.each(eventClients)('pushes each call once, as events of one customer: $name', async ({ short, open }) => {
    const client = await connected(open, short);
    const [identify, ...others] = callsOf(short);
    // Requests of one client overtake each other: what comes first says that visitor and user are one.
    await client.send(identify);
    await Promise.all(others.map((call) => client.send(call)));
    await client.close();
    const events = await stored(short);
    expect(events.map(({ type }) => type).sort()).toEqual(types);
    expect(new Set(events.map(({ stream }) => stream)).size).toBe(1);
    const { body } = await http.open.call('GET', '/v1/dead-letters?kind=ingest');
    expect(body['data']).toEqual([]);
  });

  it.each(eventClients)('sends again what was answered 429, which is stored once: $name', async ({ short, open }) => {
    const source = `${short}-late`;
    const client = await connected(open, source);
    const refusals = async (): Promise<number> => {
      const { body } = await http.open.engine.api.inject({ url: '/metrics' });
      return Number(/duration_seconds_count\{method="POST",route="\/v1\/batch",status="429"\} (\d+)/.exec(body)?.[1] ?? 0);
    };
    const before = await refusals();
    const flood = await sendHalfRequests(http.url, http.open.key);
    await eventually('the engine to refuse', async () => {
      const answer = await http.open.call('POST', '/v1/batch', { body: { batch: [] } });
      return answer.status === 429 ? true : null;
    });
    const refusedBefore = await refusals();
    expect(refusedBefore).toBeGreaterThan(before);
    const sent = [1, 2, 3].map((number) => client.send({ kind: 'track', userId: source, event: `Came Late ${number}` }));
    await eventually('the client to be refused', async () => ((await refusals()) > refusedBefore ? true : null));
    flood.end();
    await Promise.all(sent);
    await client.close();
    expect((await stored(source)).map(({ type }) => type).sort()).toEqual(['came_late_1', 'came_late_2', 'came_late_3']);
  });
});
