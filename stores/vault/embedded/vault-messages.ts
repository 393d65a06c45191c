import type { ErrorCode } from '../../../contracts/error-catalogue.js';
import type { VaultKey } from '../key-wrapping.js';
import type { WorkspaceSecret } from '../vault.port.js';

/** What the worker needs to open the vault's file. */
export interface VaultWorkerData {
  readonly file: string;
  readonly vaultKey: VaultKey;
}

/** One thing that a caller asks of the vault's file. */
export type VaultRequest =
  | { readonly kind: 'ensure'; readonly workspace: string; readonly subjects: readonly string[] }
  | { readonly kind: 'open'; readonly keyIds: readonly string[] }
  | { readonly kind: 'destroy'; readonly workspace: string; readonly subject: string }
  | { readonly kind: 'reopen'; readonly workspace: string; readonly subject: string }
  | { readonly kind: 'secret'; readonly workspace: string; readonly name: WorkspaceSecret }
  /** Remembers the log that the vault belongs to, at the first time; another one is refused from then on. */
  | { readonly kind: 'bind'; readonly log: string }
  /** Writes something that changes nothing. */
  | { readonly kind: 'probe' }
  | { readonly kind: 'put_secret'; readonly workspace: string; readonly name: WorkspaceSecret; readonly value: Uint8Array };

/** Several keys in one buffer: 32 bytes for each entry of `keyIds` that names a live key, in their order. */
export interface PackedKeys {
  readonly states: readonly KeyState[];
  readonly keys: Uint8Array;
}

/** What is known of one asked key: its id when it is live. */
export type KeyState =
  { readonly state: 'live'; readonly keyId: string } | { readonly state: 'destroyed' } | { readonly state: 'unknown' };

/** What answers each kind of request. */
export interface VaultAnswers {
  readonly ensure: PackedKeys;
  readonly open: PackedKeys;
  readonly destroy: { readonly keyIds: readonly string[] };
  readonly reopen: Record<string, never>;
  readonly secret: { readonly value: Uint8Array };
  readonly put_secret: Record<string, never>;
  readonly bind: Record<string, never>;
  readonly probe: Record<string, never>;
}

/** An error on its way between threads, where classes are lost. */
export interface CarriedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type VaultResult =
  | { readonly ok: true; readonly answer: VaultAnswers[VaultRequest['kind']] }
  | { readonly ok: false; readonly error: CarriedError };

/** What the worker says: once whether it opened, then one message for each group of requests. */
export type WorkerMessage =
  | { readonly kind: 'opened' }
  | { readonly kind: 'refused'; readonly error: CarriedError }
  | { readonly kind: 'group'; readonly results: readonly VaultResult[] }
  | { readonly kind: 'closed' };

/** What is said to the worker: a group of requests that share one durable commit, or to end. */
export type MainMessage = { readonly kind: 'group'; readonly requests: readonly VaultRequest[] } | { readonly kind: 'close' };
