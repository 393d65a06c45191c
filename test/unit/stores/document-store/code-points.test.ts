import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareCodePoints, endOfPrefix, isWellFormed } from '../../../../stores/document-store/code-points.js';

const text = fc.string({ unit: 'binary', maxLength: 4 });

describe('the order of texts', () => {
  it('is the order of their UTF-8 bytes', () => {
    const property = fc.property(text, text, (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('has everything with a prefix between the prefix and its end', () => {
    const property = fc.property(
      fc.oneof(text, fc.constantFrom('', 'w/', '\ud7ff', '\u{10ffff}', 'a\u{10ffff}')),
      text,
      (prefix, other) => {
        const end = endOfPrefix(prefix);
        const isBetween = compareCodePoints(other, prefix) >= 0 && (end === null || compareCodePoints(other, end) < 0);
        expect(isBetween).toBe(other.startsWith(prefix));
        expect(end === null || compareCodePoints(prefix + other, end) < 0).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });

  it('leaves out texts with half a surrogate pair', () => {
    expect(['', 'a', '😀', '\uffff'].every(isWellFormed)).toBe(true);
    expect(['\ud83d', 'a\ude00', '\ude00\ud83d'].some(isWellFormed)).toBe(false);
  });
});
