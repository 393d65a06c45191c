import { describe, expect, it } from '@jest/globals';
import { createCredentials } from '../../app/credentials.js';
import { hashKey } from '../../commands/access/access.commands.js';
import type { ApiKey } from '../../contracts/read-models/api-keys.port.js';

function openKeys() {
  const stored = new Map<string, ApiKey>();
  const byHash = (hash: string) => Promise.resolve(stored.get(hash) ?? null);
  const local = { token: 'cebe_local', workspace: 'main' };
  const credentials = createCredentials({ apiKeys: { byHash, list: () => Promise.resolve([]) }, local });
  const store = (secret: string, key: Partial<ApiKey> = {}) => {
    const made = { workspace: 'w1', key_id: 'key_1', name: 'a', prefix: 'cebe_', source: 'bi', scopes: [], created_at: '' };
    stored.set(hashKey(secret), { ...made, ...key });
  };
  return { credentials, store };
}

describe('credentials', () => {
  it('do not remember that a key was unknown', async () => {
    const { credentials, store } = openKeys();
    expect(await credentials.verify('cebe_new')).toBeNull();
    store('cebe_new');
    expect(await credentials.verify('cebe_new')).toMatchObject({ key_id: 'key_1' });
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
