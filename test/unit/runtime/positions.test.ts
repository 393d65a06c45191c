import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodePosition, parsePosition } from '../../../runtime/positions.js';

describe('a position outside the engine', () => {
  it('is read back exactly, however large', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }), fc.uuid(), (position, store) => {
        expect(parsePosition(encodePosition(store, position), store)).toBe(position);
      }),
    );
  });

  it('is refused by another store', () => {
    expect(() => parsePosition(encodePosition('one', 7n), 'two')).toThrow(expect.objectContaining({ code: 'position_unknown' }));
  });

  it('is refused when it is any other string', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => parsePosition(text, 'store')).toThrow(expect.objectContaining({ code: 'position_unknown' }));
      }),
    );
  });
});
