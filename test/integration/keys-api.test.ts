import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { openEngineUnderTest, type Answer, type EngineUnderTest } from '../support/engine.js';

const START = Date.parse('2026-11-23T08:00:00.000Z');
const HOUR_MS = 3_600_000;
const madeKey = z.object({ key_id: z.string(), key: z.string(), position: z.string() });
type MadeKey = z.infer<typeof madeKey>;
const listed = z.object({ data: z.array(z.looseObject({ key_id: z.string(), last_used_at: z.string().optional() })) });

describe('API keys', () => {
  let open: EngineUnderTest;
  let now = START;
  beforeAll(async () => {
    open = await openEngineUnderTest({ clock: () => now });
  });
  afterAll(() => open.close());

  async function make(about: object = {}): Promise<MadeKey> {
    const body = { name: 'Reports', source: 'reports', role: 'analyst', ...about };
    const answer = await open.call('POST', '/v1/keys', { body });
    expect({ status: answer.status, text: answer.status === 201 ? '' : answer.text }).toEqual({ status: 201, text: '' });
    return madeKey.parse(answer.body);
  }
  const use = (key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    open.call('GET', '/v1/workspace', { key, headers });
  const shown = async (keyId: string) =>
    listed.parse((await open.call('GET', '/v1/keys')).body).data.find(({ key_id: id }) => id === keyId);

  it('are refused from the instant at which they expire', async () => {
    const { key, key_id: id } = await make({ expires_at: new Date(now + HOUR_MS).toISOString() });
    expect((await use(key)).status).toBe(200);
    now += HOUR_MS;
    expect(await use(key)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await shown(id)).toMatchObject({ expires_at: '2026-11-23T09:00:00.000Z' });
  });

  it('tell when they were last used, and hold nothing of their text but its beginning', async () => {
    const { key, key_id: id } = await make();
    expect(await shown(id)).not.toHaveProperty('last_used_at');
    await use(key);
    expect(await shown(id)).toMatchObject({ last_used_at: new Date(now).toISOString(), prefix: key.slice(0, 12) });
    expect((await open.call('GET', `/v1/streams/access-main.${id}`)).text).not.toContain(key.slice(12));
    expect(Buffer.from(key.slice('cebe_'.length), 'base64url')).toHaveLength(32);
  });

  it('are rotated with an overlap, after which only the new one is taken', async () => {
    const old = await make({ allowed_addresses: ['127.0.0.0/8'] });
    const answer = await open.call('POST', `/v1/keys/${old.key_id}/rotate`, { body: { overlap_s: 3_600 } });
    expect(answer.status).toBe(201);
    const fresh = madeKey.parse(answer.body);
    expect([(await use(old.key)).status, (await use(fresh.key)).status]).toEqual([200, 200]);
    expect(await shown(old.key_id)).toMatchObject({ replaced_by: fresh.key_id });
    expect(await shown(fresh.key_id)).toMatchObject({
      replaces: old.key_id,
      allowed_addresses: ['127.0.0.0/8'],
      role: 'analyst',
    });
    now += HOUR_MS;
    expect((await use(fresh.key)).status).toBe(200);
    const again = await open.call('POST', `/v1/keys/${old.key_id}/rotate`, { body: {} });
    expect(again).toMatchObject({ status: 409, body: { code: 'key_not_active' } });
  });

  it('that are rotated without an overlap are refused at once', async () => {
    const old = await make();
    expect((await use(old.key)).status).toBe(200);
    expect((await open.call('POST', `/v1/keys/${old.key_id}/rotate`, { body: { overlap_s: 0 } })).status).toBe(201);
    expect((await use(old.key)).status).toBe(401);
  });

  it('with an allow-list are taken from its addresses only, and a header does not help', async () => {
    const { key } = await make({ allowed_addresses: ['203.0.113.0/24'] });
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    for (const headers of [{}, forwarded])
      expect(await use(key, headers)).toMatchObject({ status: 403, body: { code: 'address_not_allowed' } });
  });

  it('cannot hand on scopes that they do not hold', async () => {
    const { key } = await make({ role: undefined, scopes: ['keys:write', 'segments:read'] });
    const owner = await make({ role: 'owner' });
    const asked = { name: 'More', source: 'more' };
    const tries = [
      ['/v1/keys', { ...asked, role: 'owner' }],
      ['/v1/keys', { ...asked, scopes: ['pii:read'] }],
      [`/v1/keys/${owner.key_id}/rotate`, {}],
    ] as const;
    for (const [path, body] of tries)
      expect(await open.call('POST', path, { key, body })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await open.call('POST', '/v1/keys', { key, body: { ...asked, scopes: ['segments:read'] } })).status).toBe(201);
  });

  it.each([
    { allowed_addresses: ['10.0.0.0/33'] },
    { allowed_addresses: ['shop.example'] },
    { allowed_addresses: [] },
    { expires_at: 'tomorrow' },
    { scopes: ['everything'] },
    { role: 'king' },
  ])('are refused with what is no such thing: %j', async (about) => {
    const answer = await open.call('POST', '/v1/keys', { body: { name: 'n', source: 'n', ...about } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('API keys behind a proxy', () => {
  it('are judged by the address that a trusted proxy tells', async () => {
    const open = await openEngineUnderTest({ env: { CEBE_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' } });
    const body = { name: 'Shop', source: 'shop', role: 'analyst', allowed_addresses: ['203.0.113.0/24'] };
    const { key } = madeKey.parse((await open.call('POST', '/v1/keys', { body })).body);
    const from = async (address: string): Promise<number> =>
      (await open.call('GET', '/v1/workspace', { key, headers: { 'x-forwarded-for': address } })).status;
    expect([await from('203.0.113.7'), await from('198.51.100.1')]).toEqual([200, 403]);
    await open.close();
  });
});
