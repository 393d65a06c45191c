import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEngineUnderTest, type EngineUnderTest } from '../support/engine.js';

const email = 'ani@mail.example';
const phone = '+6281234567890';
const call = {
  type: 'call_logged',
  message_id: 'call-1',
  customer: { qontak_customer_id: '70012' },
  properties: { call_id: `call ${phone}`, agent_id: email, duration_sec: 5, created_at: '2026-11-20T10:00:00Z' },
};

describe('personal values where nobody expects them', () => {
  let open: EngineUnderTest;
  beforeAll(async () => {
    open = await openEngineUnderTest();
  });
  afterAll(() => open.close());

  it('are masked in a timeline without pii:read, and shown with it', async () => {
    const { body } = await open.call('POST', '/v1/events', { body: { events: [call] } });
    const timeline = `/v1/customers/70012/timeline?min_position=${String(body['position'])}`;
    const created = await open.call('POST', '/v1/keys', { body: { name: 'analyst', source: 'bi', role: 'analyst' } });
    const masked = await open.call('GET', timeline, { key: String(created.body['key']) });
    expect(masked.status).toBe(200);
    expect(JSON.stringify(masked.body)).not.toContain(email);
    expect(JSON.stringify(masked.body)).not.toContain(phone);
    expect(masked.body).toMatchObject({ data: [{ properties: { agent_id: 'a***@mail.example', duration_sec: 5 } }] });
    expect((await open.call('GET', timeline)).body).toMatchObject({ data: [{ properties: call.properties }] });
    expect((await open.call('GET', '/v1/customers/70012')).body).toMatchObject({ events: { call_logged: { count: 1 } } });
  });

  it.each([
    ['/v1/keys', { name: `key of ${email}`, source: 'bi', role: 'analyst' }, '/name'],
    ['/v1/imports', { label: phone }, '/label'],
  ])('are refused by %s in a text for people', async (path, body, pointer) => {
    expect(await open.call('POST', path, { body })).toMatchObject({
      status: 400,
      body: { code: 'invalid_input', errors: [{ pointer }] },
    });
  });
});
