import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeBase32 } from '../../../../domain/base32.js';
import { keyedHash } from '../../../../domain/identity/keyed-hash.js';

describe('a keyed hash', () => {
  it('is the beginning of an HMAC-SHA-256 over kind and value, whatever the key and however long the value', () => {
    const key = fc.uint8Array({ minLength: 0, maxLength: 100 });
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', minLength: 900, maxLength: 3_000 }));
    fc.assert(
      fc.property(key, fc.string(), fc.array(value, { minLength: 1, maxLength: 4 }), (lookUpKey, kind, values) => {
        for (const one of values) {
          const digest = createHmac('sha256', lookUpKey).update(`${kind}\0${one}`, 'utf8').digest();
          expect(keyedHash(lookUpKey, kind, one)).toBe(encodeBase32(digest.subarray(0, 20)));
        }
      }),
    );
  });
});
