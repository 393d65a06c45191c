import { randomBytes } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** A random name for a key, 80 bits in base32: it says nothing about whose key it is. A clash is refused by the unique index. */
export function createKeyId(): string {
  let id = '';
  // Of each byte the lower five bits choose one of 32 letters evenly.
  for (const byte of randomBytes(16)) id += alphabet.charAt(byte & 31);
  return id;
}
