import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { listCursor } from '../../api/queries/list-cursor.js';

describe('the cursor of a list', () => {
  it('names the place it was made for', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'binary' }), (place) => {
        const pages = listCursor('customers');
        expect(pages.read(pages.write(place) ?? undefined)).toBe(place);
      }),
    );
    expect(listCursor('customers').write(null)).toBeNull();
    expect(listCursor('customers').read(undefined)).toBeUndefined();
  });

  it('is refused by another list, and so is any other text', () => {
    const own = listCursor('customers').write('70012') ?? '';
    for (const text of ['zzz', 'NzAwMTI', '70012', `${own}!`, own.slice(0, 8), listCursor('segments').write('70012') ?? '']) {
      expect(() => listCursor('customers').read(text)).toThrow(
        '/cursor: query parameter: expected next_cursor of the page before',
      );
    }
  });
});
