/** An opened data key: 32 bytes, and the id under which the log names it. */
export interface DataKey {
  readonly keyId: string;
  readonly key: Uint8Array;
}

/** What a workspace keeps secret beside data keys; random 32 bytes each, made at first use, never rotated (rotation re-wraps them). */
export type WorkspaceSecret = 'look_up' | 'webhook_id' | 'unsubscribe' | 'mailgun_signing';

/**
 * The key vault: one data key for each subject (a customer, a quarantine entry, the workspace itself), wrapped by the vault key.
 *
 * Durability: a key is durable before it is answered. Ordering: of two writers that ensure one subject both get the same key.
 * Opened keys are cached at most 30 s; a destroyed key is never opened again by this process from the moment `destroyKey` resolves.
 * A destroyed subject keeps a tombstone: no key is made over it until `reopen`.
 * Errors: `vault_key_wrong` (at open), `vault_entry_damaged` (a stored key does not open), `store_unavailable`.
 */
export interface Vault {
  /** The current key of each subject, made where absent; subjects are `customer/<id>`, `quarantine/<id>`, `workspace`. Destroyed ones are left out. */
  ensureKeys(workspace: string, subjects: readonly string[]): Promise<ReadonlyMap<string, DataKey>>;
  /** Keys by id; `destroyed` where only the tombstone is left; ids never seen are absent. */
  openKeys(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array | 'destroyed'>>;
  /** Overwrites the wrapped key and leaves the tombstone; doing it again changes nothing. */
  destroyKey(workspace: string, subject: string): Promise<void>;
  /** Lets `ensureKeys` make a new key, with a new id, for a destroyed subject. */
  reopen(workspace: string, subject: string): Promise<void>;
  secret(workspace: string, name: WorkspaceSecret): Promise<Uint8Array>;
  /** Stores a secret that was given from outside, e.g. the provider's webhook signing key. An existing `look_up` is refused with `invalid_input`. */
  putSecret(workspace: string, name: WorkspaceSecret, value: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
