import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Vault, WorkspaceSecret } from '../../stores/vault/vault.port.js';

/** A place that holds one vault: each opening of it finds what the last one left. */
export interface VaultPlace {
  open(options?: { readonly key?: Uint8Array; readonly version?: number }): Promise<Vault>;
  dispose(): Promise<void>;
}

/** What every vault must do, whatever holds its keys; `place` makes a new, empty place each time. */
export function describeVault(name: string, place: () => Promise<VaultPlace>): void {
  describe(`${name} as a vault`, () => {
    let here: VaultPlace;
    let vault: Vault;

    beforeEach(async () => {
      here = await place();
      vault = await here.open();
    });

    afterEach(async () => {
      await vault.close();
      await here.dispose();
    });

    async function restart(): Promise<void> {
      await vault.close();
      vault = await here.open();
    }

    async function keyOf(subject: string, workspace = 'w1') {
      return (await vault.ensureKeys(workspace, [subject])).get(subject);
    }

    async function opened(keyId: string) {
      return (await vault.openKeys([keyId])).get(keyId);
    }

    it('makes a key of 32 bytes for each subject and answers the same key from then on', async () => {
      const first = await vault.ensureKeys('w1', ['customer/1', 'customer/2']);
      const again = await vault.ensureKeys('w1', ['customer/2', 'customer/1', 'customer/1']);
      expect([...first.keys()].sort()).toEqual(['customer/1', 'customer/2']);
      expect(first.get('customer/1')?.key.byteLength).toBe(32);
      expect(again).toEqual(first);
      expect(hex(first.get('customer/1')?.key)).not.toBe(hex(first.get('customer/2')?.key));
    });

    it('names keys by ids that say nothing about the subject and differ between workspaces', async () => {
      const one = await keyOf('customer/70012', 'w1');
      const two = await keyOf('customer/70012', 'w2');
      expect(one?.keyId).toMatch(/^[a-z2-7]{8,64}$/);
      expect(one?.keyId).not.toContain('70012');
      expect(one?.keyId).not.toBe(two?.keyId);
      expect(hex(one?.key)).not.toBe(hex(two?.key));
    });

    it('finds keys, tombstones and secrets again after a restart', async () => {
      const kept = await keyOf('customer/1');
      const gone = await keyOf('customer/2');
      const lookUp = await vault.secret('w1', 'look_up');
      await vault.destroyKey('w1', 'customer/2');
      await restart();
      expect(hex(await openedKey(kept?.keyId))).toBe(hex(kept?.key));
      expect(await keyOf('customer/1')).toEqual(kept);
      expect(await opened(gone?.keyId ?? '')).toBe('destroyed');
      expect(await keyOf('customer/2')).toBeUndefined();
      expect(hex(await vault.secret('w1', 'look_up'))).toBe(hex(lookUp));
    });

    async function openedKey(keyId = ''): Promise<Uint8Array> {
      const key = await opened(keyId);
      if (key === undefined || key === 'destroyed') throw new Error(`expected key ${keyId} to open`);
      return key;
    }

    it('answers concurrent requests for one subject with one key', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => keyOf('customer/1')));
      expect(new Set(answers.map((key) => key?.keyId)).size).toBe(1);
      expect(new Set(answers.map((key) => hex(key?.key))).size).toBe(1);
    });

    it('makes thousands of keys in one request and opens them in one', async () => {
      const subjects = Array.from({ length: 3000 }, (_, index) => `customer/${index}`);
      const keys = await vault.ensureKeys('w1', subjects);
      expect(new Set([...keys.values()].map((key) => key.keyId)).size).toBe(3000);
      await restart();
      const open = await vault.openKeys([...keys.values()].map((key) => key.keyId));
      for (const key of keys.values()) expect(hex(asKey(open.get(key.keyId)))).toBe(hex(key.key));
    });

    it('leaves out key ids it has never seen', async () => {
      const key = await keyOf('customer/1');
      const open = await vault.openKeys(['aaaaaaaaaaaaaaaa', key?.keyId ?? '']);
      expect([...open.keys()]).toEqual([key?.keyId]);
    });

    it('answers empty requests', async () => {
      expect((await vault.ensureKeys('w1', [])).size).toBe(0);
      expect((await vault.openKeys([])).size).toBe(0);
    });

    it('never opens a destroyed key again, also when it was opened a moment ago', async () => {
      const key = await keyOf('customer/1');
      await openedKey(key?.keyId);
      await vault.destroyKey('w1', 'customer/1');
      expect(await opened(key?.keyId ?? '')).toBe('destroyed');
      expect(await keyOf('customer/1')).toBeUndefined();
    });

    it('never opens a destroyed key again, whatever was asked while it was being destroyed', async () => {
      const key = await keyOf('customer/1');
      await restart();
      const before = vault.openKeys([key?.keyId ?? '']);
      const destroyed = vault.destroyKey('w1', 'customer/1');
      const during = [vault.openKeys([key?.keyId ?? '']), vault.ensureKeys('w1', ['customer/1'])];
      await Promise.all([before, destroyed, ...during]);
      expect(await opened(key?.keyId ?? '')).toBe('destroyed');
      expect(await keyOf('customer/1')).toBeUndefined();
    });

    it('destroys a key without touching other subjects and the same subject of another workspace', async () => {
      const neighbour = await keyOf('customer/2');
      const elsewhere = await keyOf('customer/1', 'w2');
      await keyOf('customer/1');
      await vault.destroyKey('w1', 'customer/1');
      await restart();
      expect(await keyOf('customer/2')).toEqual(neighbour);
      expect(await keyOf('customer/1', 'w2')).toEqual(elsewhere);
    });

    it('takes a second destruction as already done', async () => {
      const key = await keyOf('customer/1');
      await vault.destroyKey('w1', 'customer/1');
      await vault.destroyKey('w1', 'customer/1');
      expect(await opened(key?.keyId ?? '')).toBe('destroyed');
    });

    it('leaves a tombstone for a subject that never had a key', async () => {
      await vault.destroyKey('w1', 'customer/9');
      expect(await keyOf('customer/9')).toBeUndefined();
      await restart();
      expect(await keyOf('customer/9')).toBeUndefined();
    });

    it('leaves destroyed subjects out of a request and answers the others', async () => {
      await vault.destroyKey('w1', 'customer/1');
      const keys = await vault.ensureKeys('w1', ['customer/1', 'customer/2']);
      expect([...keys.keys()]).toEqual(['customer/2']);
    });

    it('makes a new key with a new id after reopening, and leaves the old one destroyed', async () => {
      const old = await keyOf('customer/1');
      await vault.destroyKey('w1', 'customer/1');
      await vault.reopen('w1', 'customer/1');
      const fresh = await keyOf('customer/1');
      expect(fresh).toBeDefined();
      expect(fresh?.keyId).not.toBe(old?.keyId);
      expect(hex(fresh?.key)).not.toBe(hex(old?.key));
      await restart();
      expect(await opened(old?.keyId ?? '')).toBe('destroyed');
      expect(await keyOf('customer/1')).toEqual(fresh);
    });

    it('destroys the key that was made after reopening', async () => {
      await keyOf('customer/1');
      await vault.destroyKey('w1', 'customer/1');
      await vault.reopen('w1', 'customer/1');
      const fresh = await keyOf('customer/1');
      await vault.destroyKey('w1', 'customer/1');
      expect(await opened(fresh?.keyId ?? '')).toBe('destroyed');
      expect(await keyOf('customer/1')).toBeUndefined();
    });

    it('changes nothing when a subject is reopened that is not destroyed', async () => {
      const key = await keyOf('customer/1');
      await vault.reopen('w1', 'customer/1');
      await vault.reopen('w1', 'customer/2');
      expect(await keyOf('customer/1')).toEqual(key);
    });

    it('makes each secret of a workspace once', async () => {
      const names: readonly WorkspaceSecret[] = ['look_up', 'webhook_id', 'unsubscribe', 'mailgun_signing'];
      const secrets = await Promise.all(names.map((secret) => vault.secret('w1', secret)));
      const again = await Promise.all(names.map((secret) => vault.secret('w1', secret)));
      expect(again.map(hex)).toEqual(secrets.map(hex));
      expect(new Set([...secrets.map(hex), hex(await vault.secret('w2', 'look_up'))]).size).toBe(names.length + 1);
      for (const secret of secrets) expect(secret.byteLength).toBe(32);
    });

    it('stores a secret from outside, of any length, and a later one in its place', async () => {
      await vault.putSecret('w1', 'mailgun_signing', Buffer.from('key-one'));
      await vault.putSecret('w1', 'mailgun_signing', Buffer.from('key-two-is-longer'));
      await restart();
      expect(Buffer.from(await vault.secret('w1', 'mailgun_signing')).toString()).toBe('key-two-is-longer');
    });

    it('refuses to replace a look-up key that is in use', async () => {
      const lookUp = await vault.secret('w1', 'look_up');
      await expect(vault.putSecret('w1', 'look_up', new Uint8Array(32))).rejects.toMatchObject({ code: 'invalid_input' });
      expect(hex(await vault.secret('w1', 'look_up'))).toBe(hex(lookUp));
    });

    it('refuses to open with another vault key or another version of it', async () => {
      await vault.close();
      await expect(here.open({ key: new Uint8Array(32).fill(9) })).rejects.toMatchObject({ code: 'vault_key_wrong' });
      await expect(here.open({ version: 2 })).rejects.toMatchObject({ code: 'vault_key_wrong' });
      await expect(here.open({ key: new Uint8Array(16) })).rejects.toMatchObject({ code: 'vault_key_wrong' });
      vault = await here.open();
      expect(await keyOf('customer/1')).toBeDefined();
    });

    it('answers what was asked before closing, and refuses what is asked after', async () => {
      const asked = Promise.all([keyOf('customer/1'), vault.ensureKeys('w1', ['customer/2']), vault.secret('w1', 'look_up')]);
      await vault.close();
      expect((await asked)[0]).toBeDefined();
      await expect(vault.ensureKeys('w1', ['customer/3'])).rejects.toMatchObject({ code: 'store_unavailable' });
      await vault.close();
    });
  });
}

function asKey(value: Uint8Array | 'destroyed' | undefined): Uint8Array {
  if (value === undefined || value === 'destroyed') throw new Error('expected a key');
  return value;
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
