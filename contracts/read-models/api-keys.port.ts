/** An API key as people see it; the key itself is known to nobody. */
export interface ApiKey {
  readonly workspace: string;
  readonly key_id: string;
  readonly name: string;
  /** Its first characters, to tell keys apart. */
  readonly prefix: string;
  readonly source: string;
  readonly scopes: readonly string[];
  readonly role?: string;
  readonly created_at: string;
  /** From when on it is refused. */
  readonly expires_at?: string;
  /** IP addresses and CIDR ranges that it is taken from; absent: any. */
  readonly allowed_addresses?: readonly string[];
  /** The key whose rotation made it, and the one that took its place. */
  readonly replaces?: string;
  readonly replaced_by?: string;
  readonly revoked_at?: string;
}

/** The API keys of all workspaces. */
export interface ApiKeys {
  /** The key whose SHA-256 (hex) this is, revoked or not; null for none. */
  byHash(hash: string): Promise<ApiKey | null>;
  list(workspace: string): Promise<readonly ApiKey[]>;
}
