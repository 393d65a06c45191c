import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { openEngineOnHttp, type EngineOnHttp } from '../support/engine-on-http.js';
import { PERSON, planted, plantPerson } from '../support/planted-person.js';

const url = `/v1/customers/${PERSON}/export`;
const consent = {
  type: 'consent.granted',
  message_id: 'consent-1',
  customer: { qontak_customer_id: PERSON },
  properties: { channel: 'email', purpose: 'marketing', wording_version: '2026-10', evidence: 'form 12', ip: '203.0.113.9' },
};

describe('what is held about a person', () => {
  let engine: EngineOnHttp;
  beforeAll(async () => {
    engine = await openEngineOnHttp();
    await plantPerson(engine.open);
    const { body } = await engine.open.call('POST', '/v1/events', { body: { events: [consent] } });
    await engine.open.call('GET', `/v1/customers/${PERSON}?min_position=${String(body['position'])}`);
  });
  afterAll(() => engine.close());

  const headers = { 'reveal-reason': encodeURIComponent('Letter of 3 November ✓') };

  it('is exported as one document, which says what is not in it', async () => {
    const { status, body, headers: answered } = await engine.open.call('GET', url, { headers });
    expect(status).toBe(200);
    expect(answered['content-type']).toContain('application/json');
    expect(body).toMatchObject({
      customers: [PERSON],
      profile: { attributes: { city: planted.city } },
      not_included: expect.any(Array),
    });
    const events = body['events'] as readonly { readonly type: string; readonly properties: object }[]; // as the route writes them
    expect(body['event_count']).toBe(events.length);
    expect(events.find(({ type }) => type === 'customer.created')).toMatchObject({
      properties: { first_name: planted.firstName, email: planted.email },
    });
    expect(JSON.stringify(body)).toContain(planted.freeText);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['customer.identified', 'order_created', 'call_logged', 'module_of_our_own', 'consent.granted']),
    );
  });

  it('can be narrowed to consent with its evidence', async () => {
    const { body } = await engine.open.call('GET', `${url}?part=consent`, { headers });
    expect(body).toMatchObject({
      consent: { email: { marketing: { state: 'granted' } } },
      event_count: 1,
      events: [{ type: 'consent.granted', properties: { evidence: 'form 12', ip: '203.0.113.9', wording_version: '2026-10' } }],
    });
    expect(body).not.toHaveProperty('profile');
  });

  it('is recorded with its reason before it leaves, and wants one that names nobody', async () => {
    const recorded = [];
    for await (const event of engine.open.engine.stores.eventStore.readAll({ after: -1n, categories: ['access'] }))
      if (event.type === 'access.personal_data_revealed') recorded.push(event.data);
    expect(recorded).toMatchObject([
      { plain: { what: 'export', people: 1, customer_ids: [PERSON] }, sealed: [{ fields: ['reason'] }] },
      { plain: { what: 'consent_export' }, sealed: [{ fields: ['reason'] }] },
    ]);
    for (const given of [{}, { 'reveal-reason': ' ' }, { 'reveal-reason': `asked by ${planted.email}` }])
      expect(await engine.open.call('GET', url, { headers: given })).toMatchObject({
        status: 400,
        body: { code: 'invalid_input', errors: [{ pointer: '/reveal-reason' }] },
      });
  });

  it('is recorded as shown in a profile or a timeline, where a reason is given', async () => {
    const revealed = async (): Promise<readonly unknown[]> => {
      const seen = [];
      for await (const { type, data } of engine.open.engine.stores.eventStore.readAll({ after: -1n, categories: ['access'] }))
        if (type === 'access.personal_data_revealed') seen.push(data.plain['what']);
      return seen;
    };
    const before = await revealed();
    for (const path of ['', '/timeline']) await engine.open.call('GET', `/v1/customers/${PERSON}${path}`, { headers });
    expect((await revealed()).slice(before.length)).toEqual(['profile', 'timeline']);
  });

  it('is for who may see personal values, of customers that exist', async () => {
    const { body } = await engine.open.call('POST', '/v1/keys', { body: { name: 'analyst', source: 'bi', role: 'analyst' } });
    expect(await engine.open.call('GET', url, { headers, key: String(body['key']) })).toMatchObject({ status: 403 });
    expect(await engine.open.call('GET', '/v1/customers/nobody/export', { headers })).toMatchObject({ status: 404 });
    expect(await engine.open.call('GET', `${url}?part=some`, { headers })).toMatchObject({ status: 400 });
  });

  it('is written by cebe customer export, and the person erased by cebe customer erase', async () => {
    const exported = await engine.cebe('customer', 'export', PERSON, '--reason', 'Letter of 3 November');
    expect(exported.exitCode).toBe(0);
    expect(JSON.parse(exported.stdout)).toMatchObject({ customers: [PERSON] });
    expect(await engine.cebe('customer', 'erase', PERSON, '--reason', 'Asked for it')).toMatchObject({ exitCode: 2 });
    const erased = await engine.cebe('customer', 'erase', PERSON, '--reason', 'Asked for it', '--yes');
    expect(erased).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/erasure .* completed[^]*hash: [0-9a-f]{64}/) });
    // The list follows the log a moment later.
    await eventually('the erasure to be listed as completed', async () => {
      const { exitCode, stdout } = await engine.cebe('customer', 'erasures');
      return exitCode === 0 && stdout.includes('completed') ? stdout : null;
    });
    expect(await engine.cebe('customer', 'erasure', PERSON)).toMatchObject({ exitCode: 0 });
    expect((await engine.open.call('GET', url, { headers })).status).toBe(404);
  });
});
