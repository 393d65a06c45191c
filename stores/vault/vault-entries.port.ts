import type { WorkspaceSecret } from './vault.port.js';

/** One entry of a vault as it is stored: what is secret in it stays wrapped by the vault key, so that nobody can read it without that key. */
export type VaultEntry =
  /** A known value, by which a vault key of this version can be proved. */
  | { readonly kind: 'check'; readonly version: number; readonly wrapped: Uint8Array }
  | (KeyName & { readonly state: 'live'; readonly version: number; readonly wrapped: Uint8Array })
  /** Of a destroyed key only its name is left. */
  | (KeyName & { readonly state: 'destroyed' })
  | {
      readonly kind: 'secret';
      readonly workspace: string;
      readonly name: WorkspaceSecret;
      readonly version: number;
      readonly wrapped: Uint8Array;
    };

interface KeyName {
  readonly kind: 'key';
  readonly key_id: string;
  readonly workspace: string;
  readonly subject: string;
  /** Whether it is the key that answers for the subject; older ones were destroyed before the subject was reopened. */
  readonly current: boolean;
}

/** Where the entries of a vault come from. */
export interface VaultEntrySource {
  /**
   * Everything that was in the vault when this began, in batches; what is made or destroyed meanwhile may be in it or not. Checks come
   * first, and of one subject older keys before newer ones. Nothing is held up meanwhile.
   */
  exportEntries(): AsyncIterable<readonly VaultEntry[]>;
}

/**
 * A vault as a place that entries of another one are copied to and compared with; nobody uses it as a vault at the same time.
 *
 * Atomicity and durability: a batch is stored as a whole before the answer, and doing it again changes nothing.
 * Errors: `vault_key_wrong` (at open, or for a check that its key does not open), `data_folder_mixed`, `store_unavailable`.
 */
export interface VaultEntries extends VaultEntrySource {
  /**
   * Stores entries as they are. Of a key that is known already, destroyed wins over live and older over current: an erasure stays one.
   * A secret takes the place of the one before. Another live key for a subject, or another look-up key, is `data_folder_mixed`.
   */
  importEntries(entries: readonly VaultEntry[]): Promise<void>;
  close(): Promise<void>;
}
