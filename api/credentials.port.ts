/** Who makes a request: the workspace always comes from here, never from the body. */
export interface Principal {
  readonly workspace: string;
  readonly key_id: string;
  /** The source that ingested events are recorded under. */
  readonly source: string;
  readonly scopes: ReadonlySet<string>;
  /** An opaque id for the record of who did what. */
  readonly actor: string;
}

/** Tells whose secret this is; null for one that is unknown, expired or revoked. Takes the same time for each secret of one length. */
export interface Credentials {
  verify(secret: string): Principal | null | Promise<Principal | null>;
}

/** Told of each key that is revoked here, so that this process refuses it at once. */
export type ForgetKey = (workspace: string, keyId: string) => void;
