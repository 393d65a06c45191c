import { hash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { addressRanges } from '../api/address-ranges.js';
import type { Credentials, ForgetKey, Principal } from '../api/credentials.port.js';
import { hashKey } from '../commands/access/access.commands.js';
import { scopes } from '../contracts/access.js';
import type { ApiKeys } from '../contracts/read-models/api-keys.port.js';
import { isAway } from '../stores/fail-fast.js';
import type { Clock } from '../runtime/clock.js';

/** How long a key that was found is known without looking again: so long one that another process revoked may still be taken. */
const REMEMBER_MS = 2_000;
/** A key that is known for so much longer only is looked up again while it is still known. */
const LOOK_AGAIN_MS = 1_000;
/** For so long a key that was found goes on being known while the store of the keys is away: senders are then told to wait, not that they are strangers. */
const KNOWN_WHILE_AWAY_MS = 300_000;
const REMEMBERED_KEYS = 10_000;
/** The source of the key that the first start makes, and of whoever commands the engine of this machine. */
export const OWNER_SOURCE = 'owner';

interface Known {
  readonly principal: Principal;
  /** When it expires, in ms since 1970. */
  readonly until: number;
}

export interface CredentialsOptions {
  readonly apiKeys: ApiKeys;
  readonly clock: Clock;
  /** Told of each key that is taken. */
  readonly noteUse: (principal: Principal) => void;
  /** The admin token in `engine.json`, and the workspace that it commands. */
  readonly local: { readonly token: string; readonly workspace: string };
}

/** API keys, and the local admin token of this process; `forget` refuses a key from now on, whatever the read model still says. */
export function createCredentials({
  apiKeys,
  clock,
  noteUse,
  local,
}: CredentialsOptions): Credentials & { readonly forget: ForgetKey } {
  const upToDate = { max: REMEMBERED_KEYS, ttlResolution: 0, perf: { now: clock } };
  // Keys that were not found are not remembered: they may be made at any moment.
  const remembered = new LRUCache<string, Known>({ ...upToDate, ttl: REMEMBER_MS });
  const lastKnown = new LRUCache<string, Known>({ ...upToDate, ttl: KNOWN_WHILE_AWAY_MS });
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
  const lookUp = async (hash: string): Promise<Known | null> => {
    const key = await apiKeys.byHash(hash);
    if (key === null || key.revoked_at !== undefined) return null;
    const { workspace, key_id, source, expires_at: ends, allowed_addresses: addresses } = key;
    const principal = { workspace, key_id, source, scopes: new Set(key.scopes), actor: key_id };
    return {
      principal: addresses === undefined ? principal : { ...principal, isTakenFrom: addressRanges(addresses) },
      until: ends === undefined ? Infinity : Date.parse(ends),
    };
  };
  /** Null for one that has expired. */
  const taken = (known: Known | null): Principal | null => {
    if (known === null || known.until <= clock()) return null;
    noteUse(known.principal);
    return known.principal;
  };
  const underway = new Map<string, Promise<Known | null>>();
  /** Requests that come while the key is looked up wait for the same answer. */
  const lookUpOnce = (hash: string): Promise<Known | null> => {
    const other = underway.get(hash);
    if (other !== undefined) return other;
    const looking = lookUp(hash)
      .then((found) => {
        const known = found !== null && revoked.has(`${found.principal.workspace}/${found.principal.key_id}`) ? null : found;
        for (const keys of [remembered, lastKnown])
          if (known === null) keys.delete(hash);
          else keys.set(hash, known);
        return known;
      })
      .finally(() => underway.delete(hash));
    underway.set(hash, looking);
    return looking;
  };
  const lookUpOrRecall = (hash: string): Promise<Known | null> =>
    lookUpOnce(hash).catch((error: unknown) => {
      const last = isAway(error) ? lastKnown.get(hash) : undefined;
      if (last === undefined) throw error;
      return last;
    });
  return {
    verify(secret) {
      if (timingSafeEqual(digest(secret), localHash)) return localPrincipal;
      const hash = hashKey(secret);
      const known = remembered.get(hash);
      if (known === undefined) return lookUpOrRecall(hash).then(taken);
      // Keys in use are looked up ahead of time, so that nobody waits for a busy store.
      if (remembered.getRemainingTTL(hash) < LOOK_AGAIN_MS) lookUpOnce(hash).catch(() => undefined);
      return taken(known);
    },
    forget(workspace, keyId) {
      revoked.set(`${workspace}/${keyId}`, true);
      for (const keys of [remembered, lastKnown])
        for (const [hash, { principal }] of keys.entries())
          if (principal.workspace === workspace && principal.key_id === keyId) keys.delete(hash);
    },
  };
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
