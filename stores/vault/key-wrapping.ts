import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { EngineError } from '../../contracts/errors.js';
import type { WorkspaceSecret } from './vault.port.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

const CHECK_VALUE = 'cebe vault check value';
const CHECK_BINDING = 'check';

/** A key that wraps others, and its version; 32 bytes. */
export interface VaultKey {
  readonly version: number;
  readonly key: Uint8Array;
}

/** What stands in the place of a key that was destroyed: zeros, as long as a wrapped 32-byte key (nonce, cipher text, tag). */
export const DESTROYED_KEY: Uint8Array = Buffer.alloc(IV_BYTES + 32 + TAG_BYTES);

/** Wraps and unwraps secrets under one vault key. */
export interface KeyWrapping {
  readonly version: number;
  /** Nonce, cipher text and tag in one; opens only with the same binding. */
  wrap(secret: Uint8Array, binding: string): Uint8Array;
  /** The secret that was wrapped; null when the key or the binding is another one, or the bytes are damaged. */
  unwrap(wrapped: Uint8Array, binding: string): Uint8Array | null;
}

/** AES-256-GCM under the vault key, bound to what the secret belongs to, so that no row can stand in for another. */
export function createKeyWrapping(vaultKey: VaultKey): KeyWrapping {
  if (vaultKey.key.byteLength !== 32) {
    throw new EngineError('vault_key_wrong', `expected a vault key of 32 bytes, found ${vaultKey.key.byteLength}`);
  }
  const key = createSecretKey(vaultKey.key);
  return {
    version: vaultKey.version,
    wrap(secret, binding) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(binding, 'utf8'));
      return Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(wrapped, binding) {
      if (wrapped.byteLength < IV_BYTES + TAG_BYTES) return null;
      const tagAt = wrapped.byteLength - TAG_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(binding, 'utf8'));
      decipher.setAuthTag(wrapped.subarray(tagAt));
      try {
        return Buffer.concat([decipher.update(wrapped.subarray(IV_BYTES, tagAt)), decipher.final()]);
      } catch {
        // GCM says no more than that it did not verify; the caller knows what that means in its place.
        return null;
      }
    },
  };
}

/** What a vault keeps so that a wrong vault key is found out at once. */
export function wrapCheckValue(wrapping: KeyWrapping): Uint8Array {
  return wrapping.wrap(Buffer.from(CHECK_VALUE), CHECK_BINDING);
}

/** True for what `wrapCheckValue` made with the same vault key. */
export function opensCheckValue(wrapping: KeyWrapping, wrapped: Uint8Array): boolean {
  const opened = wrapping.unwrap(wrapped, CHECK_BINDING);
  return opened !== null && Buffer.from(opened).toString() === CHECK_VALUE;
}

/** What a data key is wrapped with, so that it opens for its subject only. */
export function keyBinding(workspace: string, subject: string, keyId: string): string {
  return `key\0${workspace}\0${subject}\0${keyId}`;
}

/** What a secret is wrapped with, so that it opens in its place only. */
export function secretBinding(workspace: string, name: WorkspaceSecret): string {
  return `secret\0${workspace}\0${name}`;
}
