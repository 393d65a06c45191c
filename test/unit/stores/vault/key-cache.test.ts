import { describe, expect, it } from '@jest/globals';
import { createKeyCache } from '../../../../stores/vault/key-cache.js';

const owner = { workspace: 'w1', subject: 'customer/1' };
const key = { keyId: 'k1', key: new Uint8Array(32) };

describe('the cache of opened keys', () => {
  it('finds a key by its subject and by its id', () => {
    const cache = createKeyCache();
    cache.keep(key, owner);
    expect(cache.bySubject('w1', 'customer/1')).toBe(key);
    expect(cache.byId('k1')).toBe(key.key);
    expect(cache.bySubject('w2', 'customer/1')).toBeUndefined();
    cache.clear();
  });

  it('lets go of a key 30 s after it was opened, also when it was used since', () => {
    let now = 1000;
    const cache = createKeyCache({ clock: () => now });
    cache.keep(key, owner);
    now += 15_000;
    expect(cache.byId('k1')).toBeDefined();
    now += 15_000;
    expect(cache.byId('k1')).toBeUndefined();
    expect(cache.bySubject('w1', 'customer/1')).toBeUndefined();
    cache.clear();
  });

  it('forgets a subject and its keys at once', () => {
    const cache = createKeyCache();
    cache.keep(key, owner);
    cache.forget('w1', 'customer/1', []);
    expect(cache.byId('k1')).toBeUndefined();
    cache.keep(key);
    cache.forget('w1', 'customer/1', ['k1']);
    expect(cache.byId('k1')).toBeUndefined();
    cache.clear();
  });

  it('holds no more keys than it was told', () => {
    const cache = createKeyCache({ max: 2 });
    for (const keyId of ['k1', 'k2', 'k3']) cache.keep({ keyId, key: key.key });
    expect(['k1', 'k2', 'k3'].filter((keyId) => cache.byId(keyId) !== undefined)).toEqual(['k2', 'k3']);
    cache.clear();
  });
});
