/** Who makes a request: the workspace always comes from here, never from the body. */
export interface Principal {
  readonly workspace: string;
  readonly key_id: string;
  /** The source that ingested events are recorded under. */
  readonly source: string;
  readonly scopes: ReadonlySet<string>;
  /** Whether it is taken from this IP address; absent: from any. */
  readonly isTakenFrom?: (address: string) => boolean;
  /** An opaque id for the record of who did what. */
  readonly actor: string;
}

/** Tells whose secret this is; null for one that is unknown, expired or revoked. Takes the same time for each secret of one length. */
export interface Credentials {
  verify(secret: string): Principal | null | Promise<Principal | null>;
}

/** Told of each key that is revoked here, so that this process refuses it at once. */
export type ForgetKey = (workspace: string, keyId: string) => void;

/** When keys were last used, at most a minute behind. */
export interface KeyUses {
  readonly note: (principal: Principal) => void;
  /** ISO-8601 UTC by key id. */
  of(workspace: string): Promise<ReadonlyMap<string, string>>;
}
