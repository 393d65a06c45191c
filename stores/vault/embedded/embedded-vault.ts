import type { DataKey, Vault, WorkspaceSecret } from '../vault.port.js';
import type { StoreWatch } from '../../store-watch.js';
import { createKeyCache } from '../key-cache.js';
import type { VaultKey } from '../key-wrapping.js';
import type { PackedKeys } from './vault-messages.js';
import { startVaultThread } from './vault-thread.js';

/** Far more than workspaces have; what is beyond is asked again. */
const REMEMBERED_SECRETS = 10_000;

export interface EmbeddedVaultOptions {
  /** The vault's own database file; made when absent, with mode 0600. */
  readonly file: string;
  readonly vaultKey: VaultKey;
  /** The id of the log beside it: a vault belongs to the first one it is opened with. Absent: not looked at. */
  readonly log?: Promise<string>;
  /** Is told when requests fail and when they are answered again, and when the thread is lost. */
  readonly watch?: StoreWatch;
  /** For how long keys are cached is measured on it, in milliseconds. */
  readonly clock?: () => number;
}

/** Opens the vault of one file; every answer is durable. Throws `vault_key_wrong`, `data_folder_mixed`, `store_format_unsupported`, `store_unavailable`. */
export async function openEmbeddedVault(options: EmbeddedVaultOptions): Promise<Vault> {
  const thread = await startVaultThread({ file: options.file, vaultKey: options.vaultKey }, options.watch);
  try {
    if (options.log !== undefined) await thread.ask({ kind: 'bind', log: await options.log });
  } catch (error) {
    await thread.close();
    throw error;
  }
  const cache = createKeyCache(options.clock === undefined ? {} : { clock: options.clock });

  /** Secrets change only through `putSecret`, and each request that brings events needs one. */
  const secrets = new Map<string, Promise<Uint8Array>>();

  async function readSecret(workspace: string, name: WorkspaceSecret): Promise<Uint8Array> {
    return (await thread.ask({ kind: 'secret', workspace, name })).value;
  }

  return {
    async ensureKeys(workspace, subjects) {
      const found = new Map<string, DataKey>();
      const missing: string[] = [];
      for (const subject of new Set(subjects)) {
        const key = cache.bySubject(workspace, subject);
        if (key === undefined) missing.push(subject);
        else found.set(subject, key);
      }
      if (missing.length === 0) return found;
      unpack(await thread.ask({ kind: 'ensure', workspace, subjects: missing }), (index, key) => {
        const subject = missing[index];
        if (key === 'destroyed' || key === 'unknown' || subject === undefined) return;
        cache.keep(key, { workspace, subject });
        found.set(subject, key);
      });
      return found;
    },

    async openKeys(keyIds) {
      const found = new Map<string, Uint8Array | 'destroyed'>();
      const missing: string[] = [];
      for (const keyId of new Set(keyIds)) {
        const key = cache.byId(keyId);
        if (key === undefined) missing.push(keyId);
        else found.set(keyId, key);
      }
      if (missing.length === 0) return found;
      unpack(await thread.ask({ kind: 'open', keyIds: missing }), (index, key) => {
        const keyId = missing[index];
        if (key === 'unknown' || keyId === undefined) return;
        if (key === 'destroyed') {
          found.set(keyId, 'destroyed');
          return;
        }
        cache.keep(key);
        found.set(keyId, key.key);
      });
      return found;
    },

    async destroyKey(workspace, subject) {
      cache.forget(workspace, subject, []);
      // Answers come in the order of asking: a key that an earlier request opened is in the cache by now, and leaves it here.
      const destroyed = await thread.ask({ kind: 'destroy', workspace, subject });
      cache.forget(workspace, subject, destroyed.keyIds);
    },

    async reopen(workspace, subject) {
      await thread.ask({ kind: 'reopen', workspace, subject });
    },

    secret(workspace, name) {
      const id = `${workspace}\0${name}`;
      const known = secrets.get(id);
      if (known !== undefined) return known;
      const asked = readSecret(workspace, name);
      if (secrets.size >= REMEMBERED_SECRETS) secrets.clear();
      secrets.set(id, asked);
      asked.catch(() => {
        if (secrets.get(id) === asked) secrets.delete(id);
      });
      return asked;
    },

    async putSecret(workspace, name, value) {
      try {
        await thread.ask({ kind: 'put_secret', workspace, name, value });
      } finally {
        // Whoever asked before the answer may have been given the old one.
        secrets.delete(`${workspace}\0${name}`);
      }
    },

    async close() {
      cache.clear();
      secrets.clear();
      await thread.close();
    },
  };
}

function unpack(packed: PackedKeys, take: (index: number, key: DataKey | 'destroyed' | 'unknown') => void): void {
  let used = 0;
  packed.states.forEach((state, index) => {
    if (state.state !== 'live') {
      take(index, state.state);
      return;
    }
    // A copy of its own: a cached key must not keep the keys of its whole batch in memory.
    take(index, { keyId: state.keyId, key: packed.keys.slice(used, used + 32) });
    used += 32;
  });
}
