import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

/** Random bytes of the system, drawn in advance in large pieces: a nonce costs a copy instead of a call. No byte is given out twice. */
export function createRandomBytes(): (length: number) => Uint8Array {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let used = POOL_BYTES;
  return (length) => {
    if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
    if (used + length > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += length;
    return Uint8Array.prototype.slice.call(pool, used - length, used);
  };
}
