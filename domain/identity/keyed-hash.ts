import { hash } from 'node:crypto';
import { encodeBase32 } from '../base32.js';

const HASH_BYTES = 20;
/** Sizes of SHA-256, as HMAC (RFC 2104) needs them. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** The two padded keys, each with room behind it for what is hashed with it. */
interface PaddedKey {
  inner: Buffer;
  readonly outer: Buffer;
}

/** A workspace's key is the same object for a whole request and longer; padding it again each time would cost as much as hashing. */
const padded = new WeakMap<Uint8Array, PaddedKey>();

/**
 * The name under which a personal value is looked up: 160 bits of HMAC-SHA-256 in base32, 32 characters. The same for ever for the same
 * workspace (its look-up key never changes); nothing can be found from it without that key.
 */
export function keyedHash(lookUpKey: Uint8Array, kind: string, normalised: string): string {
  const key = padded.get(lookUpKey) ?? padKey(lookUpKey);
  const text = `${kind}\0${normalised}`;
  if (key.inner.length < BLOCK_BYTES + text.length * 3) key.inner = Buffer.concat([key.inner], BLOCK_BYTES + text.length * 3);
  const end = BLOCK_BYTES + key.inner.write(text, BLOCK_BYTES, 'utf8');
  // One call each is half the cost of an Hmac object, and strings of bytes that of buffers; every event is hashed at least once.
  key.outer.write(hash('sha256', key.inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1');
  return encodeBase32(Buffer.from(hash('sha256', key.outer, 'binary').slice(0, HASH_BYTES), 'latin1'));
}

function padKey(lookUpKey: Uint8Array): PaddedKey {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(lookUpKey.length > BLOCK_BYTES ? hash('sha256', lookUpKey, 'buffer') : lookUpKey);
  const key = {
    inner: Buffer.concat([block.map((byte) => byte ^ 0x36)], BLOCK_BYTES + 1_024),
    outer: Buffer.concat([block.map((byte) => byte ^ 0x5c)], BLOCK_BYTES + DIGEST_BYTES),
  };
  padded.set(lookUpKey, key);
  return key;
}
