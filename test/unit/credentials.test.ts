import { describe, expect, it } from '@jest/globals';
import { createCredentials } from '../../app/credentials.js';
import { hashKey } from '../../commands/access/access.commands.js';
import { EngineError } from '../../contracts/errors.js';
import type { ApiKey } from '../../contracts/read-models/api-keys.port.js';

function openKeys() {
  const stored = new Map<string, ApiKey>();
  let away = false;
  const byHash = (hash: string) =>
    away ? Promise.reject(new EngineError('store_unavailable', 'away')) : Promise.resolve(stored.get(hash) ?? null);
  const local = { token: 'cebe_local', workspace: 'main' };
  let now = 0;
  const used: string[] = [];
  const credentials = createCredentials({
    apiKeys: { byHash, list: () => Promise.resolve([]) },
    clock: () => now,
    noteUse: ({ key_id: id }) => used.push(id),
    local,
  });
  const store = (secret: string, key: Partial<ApiKey> = {}) => {
    const made = { workspace: 'w1', key_id: 'key_1', name: 'a', prefix: 'cebe_', source: 'bi', scopes: [], created_at: '' };
    stored.set(hashKey(secret), { ...made, ...key });
  };
  const passTo = (instant: string): void => {
    now = Date.parse(instant);
  };
  const goAway = (): void => {
    away = true;
  };
  return { credentials, store, passTo, used, goAway };
}

describe('credentials, while the store of the keys is away,', () => {
  it('go on knowing for five minutes a key that they knew, and no other', async () => {
    const { credentials, store, goAway, passTo } = openKeys();
    passTo('2026-11-23T00:00:00.000Z');
    store('cebe_a');
    await credentials.verify('cebe_a');
    goAway();
    passTo('2026-11-23T00:04:59.999Z');
    expect(await credentials.verify('cebe_a')).toMatchObject({ key_id: 'key_1' });
    await expect(credentials.verify('cebe_b')).rejects.toMatchObject({ code: 'store_unavailable' });
    passTo('2026-11-23T00:05:00.001Z');
    await expect(credentials.verify('cebe_a')).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('refuse a key that is revoked meanwhile', async () => {
    const { credentials, store, goAway } = openKeys();
    store('cebe_a');
    await credentials.verify('cebe_a');
    goAway();
    credentials.forget('w1', 'key_1');
    await expect(credentials.verify('cebe_a')).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});

describe('credentials', () => {
  it('do not remember that a key was unknown', async () => {
    const { credentials, store } = openKeys();
    expect(await credentials.verify('cebe_new')).toBeNull();
    store('cebe_new');
    expect(await credentials.verify('cebe_new')).toMatchObject({ key_id: 'key_1' });
  });

  it('refuse a key from the instant at which it expires, and note only uses before', async () => {
    const { credentials, store, passTo, used } = openKeys();
    store('cebe_a', { expires_at: '2026-11-23T00:00:00.000Z' });
    passTo('2026-11-22T23:59:59.999Z');
    expect(await credentials.verify('cebe_a')).toMatchObject({ key_id: 'key_1' });
    expect(await credentials.verify('cebe_a')).toMatchObject({ key_id: 'key_1' });
    passTo('2026-11-23T00:00:00.000Z');
    expect(await credentials.verify('cebe_a')).toBeNull();
    expect(used).toEqual(['key_1', 'key_1']);
  });

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['11.0.0.1', false],
    ['2001:db8::1', true],
    ['2001:db9::1', false],
    ['192.0.2.7', true],
    ['not an address', false],
  ])('take a key with an allow-list from its addresses only: %s', async (address, isTaken) => {
    const { credentials, store } = openKeys();
    store('cebe_a', { allowed_addresses: ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'] });
    const principal = await credentials.verify('cebe_a');
    expect(principal?.isTakenFrom?.(address)).toBe(isTaken);
  });

  it('refuse a key that was revoked here though the read model does not say so yet', async () => {
    const { credentials, store } = openKeys();
    store('cebe_a');
    store('cebe_b', { key_id: 'key_2' });
    for (const secret of ['cebe_a', 'cebe_b']) expect(await credentials.verify(secret)).not.toBeNull();
    credentials.forget('w1', 'key_1');
    expect(await credentials.verify('cebe_a')).toBeNull();
    expect(await credentials.verify('cebe_b')).toMatchObject({ key_id: 'key_2' });
  });
});
