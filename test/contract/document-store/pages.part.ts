import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SortKey } from '../../../stores/document-store/document-store.port.js';
import { allIds, newDocument, storeBodies } from '../../support/documents.js';
import type { DocumentStoreUnderTest } from '../document-store.suite.js';

/** Order, pages, cursors and counts. */
export function describePages(here: DocumentStoreUnderTest): void {
  describe('pages in id order', () => {
    it('are ordered by code point', async () => {
      const ids = ['w/', 'w/A', 'w/a', 'w/é', 'w/\ue000', 'w/\uffff', 'w/𐀀', 'w/😀', 'x'];
      await here.store.put(
        here.collection,
        [...ids].reverse().map((id) => newDocument(id)),
      );
      expect(await allIds(here, { limit: 2 })).toEqual(ids);
      expect(await allIds(here, { limit: 3, afterId: 'w/\uffff' })).toEqual(ids.slice(6));
    });

    it('hold every document once, whatever their size, and end with null', async () => {
      const ids = await storeBodies(
        here,
        'w/',
        Array.from({ length: 25 }, (_, index) => ({ index })),
      );
      for (const limit of [1, 5, 24, 25, 26]) expect(await allIds(here, { limit })).toEqual(ids);
      expect((await here.store.find(here.collection, { limit: 25 })).nextCursor).toBeNull();
      expect((await here.store.find(here.collection, { limit: 24 })).nextCursor).not.toBeNull();
    });

    it('carry position and body', async () => {
      await here.store.put(here.collection, [{ ...newDocument('w/1', { a: [1, { b: 'x' }] }), position: 77n }]);
      expect((await here.store.find(here.collection, { limit: 1 })).documents).toEqual([
        { id: 'w/1', position: 77n, body: { a: [1, { b: 'x' }] } },
      ]);
    });

    it('stay within a prefix', async () => {
      await here.store.put(
        here.collection,
        ['v/9', 'w', 'w/', 'w/1', 'w/2', 'w0', 'x/1', '\u{10ffff}', '\u{10ffff}a'].map((id) => newDocument(id)),
      );
      expect(await allIds(here, { idPrefix: 'w/', limit: 2 })).toEqual(['w/', 'w/1', 'w/2']);
      expect(await allIds(here, { idPrefix: 'w/', afterId: 'w/1', limit: 2 })).toEqual(['w/2']);
      expect(await allIds(here, { idPrefix: '\u{10ffff}', limit: 2 })).toEqual(['\u{10ffff}', '\u{10ffff}a']);
      expect(await here.store.count(here.collection, { idPrefix: 'w' })).toBe(5);
    });

    it('neither skip nor repeat when documents come and go between them', async () => {
      const ids = await storeBodies(
        here,
        'w/',
        Array.from({ length: 6 }, () => ({})),
      );
      const first = await here.store.find(here.collection, { limit: 3 });
      await here.store.put(here.collection, [
        newDocument('w/0005'),
        newDocument('w/0035'),
        { id: 'w/002', expected: 1n, position: 2n, body: null },
      ]);
      const second = await here.store.find(here.collection, {
        limit: 10,
        ...(first.nextCursor !== null && { cursor: first.nextCursor }),
      });
      expect(second.documents.map(({ id }) => id)).toEqual(['w/003', 'w/0035', ...ids.slice(4)]);
    });
  });

  describe('sorted pages', () => {
    const filter = { kind: 'exists', path: ['n'] } as const;
    const sorted = (sort: SortKey) => Promise.all([1, 2, 3, 100].map((limit) => allIds(here, { sort, limit })));
    const both = async (path: readonly string[]) => ({
      asc: await sorted({ path, direction: 'asc' }),
      desc: await sorted({ path, direction: 'desc' }),
    });
    const four = (ids: readonly string[]) => [ids, ids, ids, ids];

    describe.each([
      ['without an index', []],
      ['with an index', [{ name: 'by_n', paths: [['n']] }]],
    ])('%s', (_name, indexes) => {
      beforeEach(async () => {
        await here.store.ensureCollection(here.collection, indexes);
      });

      it('order numbers, ties by id, and documents without one last', async () => {
        await storeBodies(here, 'w/', [
          { n: 2 },
          {},
          { n: -1 },
          { n: 2.5 },
          { n: [1] },
          { n: 2 },
          { n: { n: 9 } },
          { n: 2 ** 60 },
          { n: 1e-20 },
          { n: 0 },
        ]);
        const rest = ['w/001', 'w/004', 'w/006'];
        expect(await both(['n'])).toEqual({
          asc: four(['w/002', 'w/009', 'w/008', 'w/000', 'w/005', 'w/003', 'w/007', ...rest]),
          desc: four(['w/007', 'w/003', 'w/000', 'w/005', 'w/008', 'w/009', 'w/002', ...rest]),
        });
      });

      it('order texts by code point', async () => {
        await storeBodies(here, 'w/', [
          { n: '😀' },
          { n: '\uffff' },
          { n: 'a\u0000b' },
          { n: 'a' },
          { n: '' },
          { n: 'a\u0000' },
          {},
        ]);
        const texts = ['w/004', 'w/003', 'w/005', 'w/002', 'w/001', 'w/000'];
        expect(await both(['n'])).toEqual({ asc: four([...texts, 'w/006']), desc: four([...texts.toReversed(), 'w/006']) });
      });

      it('order booleans', async () => {
        await storeBodies(here, 'w/', [{ n: true }, { n: false }, { n: true }]);
        expect(await both(['n'])).toEqual({ asc: four(['w/001', 'w/000', 'w/002']), desc: four(['w/000', 'w/002', 'w/001']) });
      });

      it('obey filter and prefix', async () => {
        await storeBodies(here, 'v/', [{ n: 1 }]);
        await storeBodies(here, 'w/', [{ n: 3 }, {}, { n: 1 }, { n: 2 }]);
        const sort = { path: ['n'], direction: 'desc' } as const;
        expect(await allIds(here, { idPrefix: 'w/', filter, sort, limit: 2 })).toEqual(['w/000', 'w/003', 'w/002']);
      });
    });
  });

  describe('cursors', () => {
    it('are refused for any other query', async () => {
      await storeBodies(here, 'w/', [{ n: 1 }, { n: 2 }, { n: 3 }]);
      const cursor = (await here.store.find(here.collection, { idPrefix: 'w', limit: 1 })).nextCursor ?? '';
      const sort = { path: ['n'], direction: 'asc' } as const;
      const others = [
        {},
        { idPrefix: 'w/' },
        { idPrefix: 'w', sort },
        { idPrefix: 'w', filter: { kind: 'exists', path: ['n'] } as const },
      ];
      for (const other of others) {
        await expect(here.store.find(here.collection, { ...other, limit: 1, cursor })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      await expect(here.store.find('elsewhere', { idPrefix: 'w', limit: 1, cursor })).rejects.toMatchObject({
        code: 'invalid_input',
      });
      expect((await here.store.find(here.collection, { limit: 2, idPrefix: 'w', cursor })).documents.map(({ id }) => id)).toEqual(
        ['w/001', 'w/002'],
      );
    });

    it.each(['', 'x', 'bm90IGpzb24', Buffer.from('[1,"x","y"]').toString('base64url'), Buffer.from('{}').toString('base64url')])(
      'are refused when made up: "%s"',
      async (cursor) => {
        await expect(here.store.find(here.collection, { limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid_input' });
      },
    );

    it.each([
      ['limit 0', { limit: 0 }],
      ['limit 10001', { limit: 10_001 }],
      ['limit 1.5', { limit: 1.5 }],
      ['afterId with sort', { limit: 1, afterId: 'w/1', sort: { path: ['n'], direction: 'asc' } as const }],
      ['afterId with a cursor', { limit: 1, afterId: 'w/1', cursor: 'x' }],
      ['an empty sort path', { limit: 1, sort: { path: [], direction: 'asc' } as const }],
    ])('are not looked at with %s', async (_name, options) => {
      await expect(here.store.find(here.collection, options)).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });

  describe('countBy', () => {
    it('counts documents per text, within filter and prefix', async () => {
      await storeBodies(here, 'v/', [{ a: 'x' }]);
      await storeBodies(here, 'w/', [
        { a: 'x', n: 1 },
        { a: 'y', n: 1 },
        { a: 'x' },
        { a: 1 },
        { a: true },
        { a: ['x'] },
        { a: {} },
        {},
        { a: 'a\u0000😀', n: 1 },
      ]);
      expect(await here.store.countBy(here.collection, ['a'], { idPrefix: 'w/' })).toEqual(
        new Map([
          ['x', 2],
          ['y', 1],
          ['a\u0000😀', 1],
        ]),
      );
      const filter = { kind: 'exists', path: ['n'] } as const;
      expect(await here.store.countBy(here.collection, ['a'], { idPrefix: 'w/', filter })).toEqual(
        new Map([
          ['x', 1],
          ['y', 1],
          ['a\u0000😀', 1],
        ]),
      );
      await expect(here.store.countBy(here.collection, [], {})).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });
}
