import { hash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Credentials, ForgetKey, Principal } from '../api/credentials.port.js';
import { hashKey } from '../commands/access/access.commands.js';
import { scopes } from '../contracts/access.js';
import type { ApiKeys } from '../contracts/read-models/api-keys.port.js';

/** How long a key that was found is known without looking again: so long one that another process revoked may still be taken. */
const REMEMBER_MS = 2_000;
/** A key that is known for so much longer only is looked up again while it is still known. */
const LOOK_AGAIN_MS = 1_000;
const REMEMBERED_KEYS = 10_000;
/** The source of the key that the first start makes, and of whoever commands the engine of this machine. */
export const OWNER_SOURCE = 'owner';

export interface CredentialsOptions {
  readonly apiKeys: ApiKeys;
  /** The admin token in `engine.json`, and the workspace that it commands. */
  readonly local: { readonly token: string; readonly workspace: string };
}

/** API keys, and the local admin token of this process; `forget` refuses a key from now on, whatever the read model still says. */
export function createCredentials({ apiKeys, local }: CredentialsOptions): Credentials & { readonly forget: ForgetKey } {
  // Keys that were not found are not remembered: they may be made at any moment.
  const remembered = new LRUCache<string, Principal>({ max: REMEMBERED_KEYS, ttl: REMEMBER_MS });
  const revoked = new LRUCache<string, true>({ max: REMEMBERED_KEYS });
  const localHash = digest(local.token);
  const localPrincipal: Principal = {
    workspace: local.workspace,
    key_id: 'local',
    // The owner's, so that an import with the owner's key and one without a key know each other's message ids.
    source: OWNER_SOURCE,
    scopes: new Set(scopes),
    actor: 'local',
  };
  const lookUp = async (hash: string): Promise<Principal | null> => {
    const key = await apiKeys.byHash(hash);
    if (key === null || key.revoked_at !== undefined) return null;
    return { workspace: key.workspace, key_id: key.key_id, source: key.source, scopes: new Set(key.scopes), actor: key.key_id };
  };
  const underway = new Map<string, Promise<Principal | null>>();
  /** Requests that come while the key is looked up wait for the same answer. */
  const lookUpOnce = (hash: string): Promise<Principal | null> => {
    const known = underway.get(hash);
    if (known !== undefined) return known;
    const looking = lookUp(hash)
      .then((found) => {
        const principal = found !== null && revoked.has(`${found.workspace}/${found.key_id}`) ? null : found;
        if (principal === null) remembered.delete(hash);
        else remembered.set(hash, principal);
        return principal;
      })
      .finally(() => underway.delete(hash));
    underway.set(hash, looking);
    return looking;
  };
  return {
    verify(secret) {
      if (timingSafeEqual(digest(secret), localHash)) return localPrincipal;
      const hash = hashKey(secret);
      const known = remembered.get(hash);
      if (known === undefined) return lookUpOnce(hash);
      // Keys in use are looked up ahead of time, so that nobody waits for a busy store.
      if (remembered.getRemainingTTL(hash) < LOOK_AGAIN_MS) lookUpOnce(hash).catch(() => undefined);
      return known;
    },
    forget(workspace, keyId) {
      revoked.set(`${workspace}/${keyId}`, true);
      for (const [hash, principal] of remembered.entries()) {
        if (principal.workspace === workspace && principal.key_id === keyId) remembered.delete(hash);
      }
    },
  };
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
