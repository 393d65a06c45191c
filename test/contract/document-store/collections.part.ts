import { describe, expect, it } from '@jest/globals';
import { newDocument, storeBodies } from '../../support/documents.js';
import type { DocumentStoreUnderTest } from '../document-store.suite.js';

/** Collections come, change their indexes and go. */
export function describeCollections(here: DocumentStoreUnderTest): void {
  describe('collections', () => {
    it('are listed while they are there', async () => {
      expect(await here.store.listCollections()).toContain(here.collection);
      await here.store.dropCollection(here.collection);
      expect(await here.store.listCollections()).not.toContain(here.collection);
    });

    it('that are dropped come back empty', async () => {
      await storeBodies(here, 'w/', [{ a: 1 }]);
      await here.store.dropCollection(here.collection);
      await here.store.ensureCollection(here.collection, []);
      expect(await here.store.get(here.collection, 'w/000')).toBeNull();
      expect(await here.store.count(here.collection, {})).toBe(0);
    });

    it('keep their documents when ensured again with other indexes, and answer the same', async () => {
      await storeBodies(here, 'w/', [{ a: 'x', b: 1 }, { a: 'y', b: 2 }, { b: 3 }]);
      const filter = { kind: 'eq', path: ['a'], value: 'x' } as const;
      for (const paths of [[['a']], [['b']], [['b'], ['a']], [['a', 'b']], []]) {
        await here.store.ensureCollection(here.collection, paths.length === 0 ? [] : [{ name: 'same_name', paths }]);
        expect(await here.store.count(here.collection, { filter })).toBe(1);
        expect(await here.store.countBy(here.collection, ['a'], {})).toEqual(
          new Map([
            ['x', 1],
            ['y', 1],
          ]),
        );
      }
    });

    it('that are not there read as empty', async () => {
      expect(await here.store.get('nowhere', 'w/1')).toBeNull();
      expect(await here.store.getMany('nowhere', ['w/1'])).toEqual(new Map());
      expect(await here.store.find('nowhere', { limit: 10 })).toEqual({ documents: [], nextCursor: null });
      expect(await here.store.count('nowhere', {})).toBe(0);
      expect(await here.store.countBy('nowhere', ['a'], {})).toEqual(new Map());
      await here.store.dropCollection('nowhere');
    });

    it('that are not there refuse writes, without harm to what is asked at the same time', async () => {
      const [lost, stored] = await Promise.allSettled([
        here.store.put('nowhere', [newDocument('w/1')]),
        here.store.put(here.collection, [newDocument('w/1')]),
      ]);
      expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'invalid_input' } });
      expect(stored).toEqual({ status: 'fulfilled', value: ['written'] });
    });

    it.each(['', 'Upper', 'with space', 'quote"d', "quote'd", 'semi;colon', 'x'.repeat(121)])(
      'refuse the name "%s"',
      async (name) => {
        await expect(here.store.ensureCollection(name, [])).rejects.toMatchObject({ code: 'invalid_input' });
        await expect(here.store.find(name, { limit: 1 })).rejects.toMatchObject({ code: 'invalid_input' });
        await expect(here.store.ensureCollection(here.collection, [{ name, paths: [['a']] }])).rejects.toMatchObject({
          code: 'invalid_input',
        });
      },
    );

    it('take indexes over any key', async () => {
      const keys = ['a.b', 'x"y', "it's", 'ü', '😀', '$', '[0]', 'back\\slash', '__proto__'];
      await here.store.ensureCollection(
        here.collection,
        keys.map((key, index) => ({ name: `i${String(index)}`, paths: [[key]] })),
      );
      await storeBodies(
        here,
        'w/',
        keys.map((key) => Object.fromEntries([[key, 'here']])),
      );
      for (const [index, key] of keys.entries()) {
        const page = await here.store.find(here.collection, { filter: { kind: 'eq', path: [key], value: 'here' }, limit: 10 });
        expect(page.documents.map((document) => document.id)).toEqual([`w/00${String(index)}`]);
      }
    });
  });
}
