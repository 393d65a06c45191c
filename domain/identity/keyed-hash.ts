import { createHmac } from 'node:crypto';
import { encodeBase32 } from '../base32.js';

const HASH_BYTES = 20;

/**
 * The name under which a personal value is looked up: 160 bits of HMAC-SHA-256 in base32, 32 characters. The same for ever for the same
 * workspace (its look-up key never changes); nothing can be found from it without that key.
 */
export function keyedHash(lookUpKey: Uint8Array, kind: string, normalised: string): string {
  const digest = createHmac('sha256', lookUpKey).update(`${kind}\0${normalised}`, 'utf8').digest();
  return encodeBase32(digest.subarray(0, HASH_BYTES));
}
