import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { VaultEntries, VaultEntry } from '../../stores/vault/vault-entries.port.js';
import type { Vault } from '../../stores/vault/vault.port.js';

/** A place that holds one vault, opened as one or for copying, never both at once. */
export interface VaultCopyPlace {
  open(): Promise<Vault>;
  entries(options?: { readonly key?: Uint8Array }): Promise<VaultEntries>;
  dispose(): Promise<void>;
}

/** What copying the entries of a vault must do, whatever holds them; `place` makes a new, empty place each time, all with one vault key. */
export function describeVaultEntries(name: string, place: () => Promise<VaultCopyPlace>): void {
  describe(`${name}, copied entry by entry,`, () => {
    let from: VaultCopyPlace;
    let to: VaultCopyPlace;

    beforeEach(async () => {
      from = await place();
      to = await place();
    });

    afterEach(async () => {
      await from.dispose();
      await to.dispose();
    });

    async function inVault<Result>(where: VaultCopyPlace, work: (vault: Vault) => Promise<Result>): Promise<Result> {
      const vault = await where.open();
      return work(vault).finally(() => vault.close());
    }

    async function inEntries<Result>(where: VaultCopyPlace, work: (entries: VaultEntries) => Promise<Result>): Promise<Result> {
      const entries = await where.entries();
      return work(entries).finally(() => entries.close());
    }

    const exported = (where: VaultCopyPlace): Promise<readonly VaultEntry[]> =>
      inEntries(where, async (entries) => {
        const all: VaultEntry[] = [];
        for await (const batch of entries.exportEntries()) all.push(...batch);
        return all;
      });

    async function copy(): Promise<void> {
      const all = await exported(from);
      await inEntries(to, (entries) => entries.importEntries(all));
    }

    it('opens in its new place what was sealed in the old one, and knows the same secrets', async () => {
      const subjects = Array.from({ length: 2500 }, (_, index) => `customer/${index}`);
      const before = await inVault(from, async (vault) => {
        await vault.putSecret('w1', 'mailgun_signing', Buffer.from('from outside'));
        return { keys: await vault.ensureKeys('w1', subjects), lookUp: await vault.secret('w1', 'look_up') };
      });
      await copy();
      await inVault(to, async (vault) => {
        expect(await vault.ensureKeys('w1', subjects)).toEqual(before.keys);
        expect(hex(await vault.secret('w1', 'look_up'))).toBe(hex(before.lookUp));
        expect(Buffer.from(await vault.secret('w1', 'mailgun_signing')).toString()).toBe('from outside');
      });
    });

    it('leaves destroyed keys destroyed, and reopened subjects with their newer key', async () => {
      const [old, fresh] = await inVault(from, async (vault) => {
        const first = (await vault.ensureKeys('w1', ['customer/1'])).get('customer/1')?.keyId ?? '';
        await vault.destroyKey('w1', 'customer/1');
        await vault.reopen('w1', 'customer/1');
        const second = (await vault.ensureKeys('w1', ['customer/1'])).get('customer/1')?.keyId ?? '';
        await vault.ensureKeys('w1', ['customer/2']);
        await vault.destroyKey('w1', 'customer/2');
        await vault.destroyKey('w1', 'customer/3');
        return [first, second] as const;
      });
      await copy();
      await inVault(to, async (vault) => {
        expect((await vault.openKeys([old])).get(old)).toBe('destroyed');
        const keys = await vault.ensureKeys('w1', ['customer/1', 'customer/2', 'customer/3']);
        expect([...keys].map(([subject, { keyId }]) => [subject, keyId])).toEqual([['customer/1', fresh]]);
      });
    });

    it('never holds what is secret in the clear, and nothing of a destroyed key', async () => {
      const keys = await inVault(from, async (vault) => {
        const made = await vault.ensureKeys('w1', ['customer/1', 'customer/2']);
        await vault.destroyKey('w1', 'customer/2');
        return made;
      });
      const entries = await exported(from);
      const bytes = Buffer.concat(entries.map(wrappedOf));
      for (const { key } of keys.values()) expect(bytes.includes(Buffer.from(key))).toBe(false);
      const destroyed = entries.filter((entry) => entry.kind === 'key' && entry.state === 'destroyed');
      expect(destroyed.map((entry) => wrappedOf(entry).byteLength)).toEqual([0]);
    });

    it('exports from its copy what it exported, checks aside', async () => {
      await inVault(from, async (vault) => {
        await vault.ensureKeys('w1', ['customer/1', 'workspace']);
        await vault.ensureKeys('w2', ['customer/1']);
        await vault.secret('w1', 'look_up');
        await vault.destroyKey('w1', 'customer/1');
      });
      await copy();
      const texts = async (where: VaultCopyPlace): Promise<readonly string[]> =>
        (await exported(where))
          .filter(({ kind }) => kind !== 'check')
          .map((entry) => JSON.stringify({ ...entry, wrapped: hex(wrappedOf(entry)) }))
          .sort();
      expect(await texts(to)).toEqual(await texts(from));
      expect((await exported(from))[0]).toMatchObject({ kind: 'check' });
    });

    it('changes nothing when entries come again, and carries over what was destroyed and reopened meanwhile', async () => {
      const first = await inVault(from, async (vault) => {
        await vault.ensureKeys('w1', ['customer/2', 'customer/3']);
        return (await vault.ensureKeys('w1', ['customer/1'])).get('customer/1')?.keyId ?? '';
      });
      await copy();
      await copy();
      const fresh = await inVault(from, async (vault) => {
        await vault.destroyKey('w1', 'customer/1');
        await vault.reopen('w1', 'customer/1');
        await vault.destroyKey('w1', 'customer/2');
        return vault.ensureKeys('w1', ['customer/1', 'customer/3']);
      });
      await copy();
      await inVault(to, async (vault) => {
        expect((await vault.openKeys([first])).get(first)).toBe('destroyed');
        expect(await vault.ensureKeys('w1', ['customer/1', 'customer/2', 'customer/3'])).toEqual(fresh);
      });
    });

    it('keeps destroyed what it has destroyed itself', async () => {
      await inVault(from, (vault) => vault.ensureKeys('w1', ['customer/1']));
      await copy();
      await inVault(to, (vault) => vault.destroyKey('w1', 'customer/1'));
      await copy();
      await inVault(to, async (vault) => {
        expect((await vault.ensureKeys('w1', ['customer/1'])).size).toBe(0);
      });
    });

    it('refuses entries that another vault key wrapped', async () => {
      await inVault(from, (vault) => vault.ensureKeys('w1', ['customer/1']));
      const all = await exported(from);
      const other = await to.entries({ key: new Uint8Array(32).fill(9) });
      await expect(other.importEntries(all)).rejects.toMatchObject({ code: 'vault_key_wrong' });
      await other.close();
    });

    it('refuses entries where keys and secrets of its own are', async () => {
      await inVault(from, (vault) => vault.ensureKeys('w1', ['customer/1']));
      await inVault(to, (vault) => vault.ensureKeys('w1', ['customer/1']));
      await expect(copy()).rejects.toMatchObject({ code: 'data_folder_mixed' });
      await inVault(from, (vault) => vault.destroyKey('w1', 'customer/1'));
      await inVault(from, (vault) => vault.secret('w1', 'look_up'));
      await inVault(to, (vault) => vault.secret('w1', 'look_up'));
      await expect(copy()).rejects.toMatchObject({ code: 'data_folder_mixed' });
    });
  });
}

function wrappedOf(entry: VaultEntry): Uint8Array {
  return 'wrapped' in entry ? entry.wrapped : new Uint8Array(0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
