import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../contracts/json.js';
import type { DocumentPatch } from '../../../stores/document-store/document-store.port.js';
import { newDocument } from '../../support/documents.js';
import type { DocumentStoreUnderTest } from '../document-store.suite.js';

const key = 'a "quoted" key.with[0] é𐀀 \'and\' $';

/** One field changed alike in many documents, and fields left out of answers. */
export function describePatches(here: DocumentStoreUnderTest): void {
  const patch = async (different: Partial<DocumentPatch>): Promise<readonly string[]> => {
    const given = { ids: ['w/1', 'w/2', 'w/3'], through: 1n, position: 9n, path: ['segments', key], ...different };
    return [...(await here.store.patch(here.collection, given))].sort();
  };
  const put = (...bodies: readonly JsonObject[]) =>
    here.store.put(
      here.collection,
      bodies.map((body, index) => newDocument(`w/${String(index + 1)}`, body)),
    );
  const get = (id: string) => here.store.get(here.collection, id);

  describe('a patch', () => {
    it('sets a field of each document, and makes what is missing on the way', async () => {
      await put({ a: 1 }, { a: 2, segments: { other: 1 } }, { segments: { [key]: { old: true, more: [1] } } });
      const value = { at: 'x', n: [1, 2.5, true], deep: { 'é𐀀': 'it\'s "so"' } };
      expect(await patch({ value })).toEqual(['w/1', 'w/2', 'w/3']);
      expect(await get('w/1')).toEqual({ id: 'w/1', position: 9n, body: { a: 1, segments: { [key]: value } } });
      expect((await get('w/2'))?.body).toEqual({ a: 2, segments: { other: 1, [key]: value } });
      expect((await get('w/3'))?.body).toEqual({ segments: { [key]: value } });
    });

    it.each(['text', 7, 0.1, true, [1, ['x']], {}])('may set %j', async (value) => {
      await put({}, {});
      expect(await patch({ value })).toEqual(['w/1', 'w/2']);
      expect((await get('w/2'))?.body).toEqual({ segments: { [key]: value } });
    });

    it('takes a field away, also where it is missing', async () => {
      await put({ a: 1 }, { segments: { [key]: 1, other: 2 } }, { segments: {} });
      expect(await patch({})).toEqual(['w/1', 'w/2', 'w/3']);
      expect(await get('w/1')).toEqual({ id: 'w/1', position: 9n, body: { a: 1 } });
      expect((await get('w/2'))?.body).toEqual({ segments: { other: 2 } });
      expect((await get('w/3'))?.body).toEqual({ segments: {} });
    });

    it('leaves alone what is not there, was deleted, has expired or stands behind', async () => {
      await put({ a: 1 });
      await here.store.put(here.collection, [
        { id: 'w/2', expected: 'none', position: 2n, body: { a: 2 } },
        { id: 'w/3', expected: 'none', position: 1n, body: null },
        { id: 'w/4', expected: 'none', position: 1n, body: { a: 4 }, expires_at: here.now },
        { id: 'w/5', expected: 'none', position: 1n, body: { a: 5 }, expires_at: here.now + 1 },
      ]);
      expect(await patch({ ids: ['w/0', 'w/1', 'w/2', 'w/3', 'w/4', 'w/5'], value: 1 })).toEqual(['w/1', 'w/5']);
      expect(await get('w/2')).toEqual({ id: 'w/2', position: 2n, body: { a: 2 } });
      expect(await get('w/3')).toEqual({ id: 'w/3', position: 1n, body: null });
      expect(await get('w/0')).toBeNull();
      expect(await patch({ ids: [], value: 1 })).toEqual([]);
      expect(await patch({ through: 8n, position: 10n, value: 1 })).toEqual(['w/2']);
    });

    it('is seen by filters, also where the field or what is around it is indexed', async () => {
      await here.store.ensureCollection(here.collection, [
        { name: 'field', paths: [['segments', key]] },
        { name: 'around', paths: [['segments']] },
        { name: 'inside', paths: [['segments', key, 'n']] },
      ]);
      await put({ a: 1 }, { segments: 3, a: 2 });
      const idsWith = async (path: readonly string[], value: number): Promise<readonly string[]> => {
        const filter = { kind: 'eq', path, value } as const;
        return (await here.store.find(here.collection, { filter, limit: 9 })).documents.map(({ id }) => id);
      };
      await patch({ ids: ['w/1'], value: 7 });
      expect(await idsWith(['segments', key], 7)).toEqual(['w/1']);
      await patch({ ids: ['w/1'], through: 9n, position: 10n, value: { n: 8 } });
      expect(await idsWith(['segments', key], 7)).toEqual([]);
      expect(await idsWith(['segments', key, 'n'], 8)).toEqual(['w/1']);
      expect(await here.store.count(here.collection, { filter: { kind: 'exists', path: ['segments'] } })).toBe(2);
      await patch({ ids: ['w/1'], through: 10n, position: 11n, path: ['segments'] });
      expect(await idsWith(['segments', key, 'n'], 8)).toEqual([]);
      expect(await here.store.count(here.collection, { filter: { kind: 'exists', path: ['segments'] } })).toBe(1);
    });

    it('is followed by compare-and-set at its position', async () => {
      await put({ a: 1 });
      await patch({ value: 1 });
      const write = { id: 'w/1', position: 12n, body: { a: 3 } };
      expect(await here.store.put(here.collection, [{ ...write, expected: 1n }])).toEqual(['conflict']);
      expect(await here.store.put(here.collection, [{ ...write, expected: 9n }])).toEqual(['written']);
    });

    it.each([
      { position: 1n },
      { path: [] },
      { ids: [''] },
      { value: NaN },
      { value: { inner: [null as unknown as string] } },
      { value: 'half \ud800' },
    ])('is refused when it is not valid (%#)', async (different) => {
      await put({ a: 1 });
      await expect(patch(different)).rejects.toMatchObject({ code: 'invalid_input' });
      expect((await get('w/1'))?.body).toEqual({ a: 1 });
    });

    it('is refused under an old lease and without a collection', async () => {
      await put({ a: 1 });
      const lease = await here.store.acquireLease(`patching/${here.collection}`, 'me', { now: here.now, ttlMs: 1_000 });
      if (lease === null) throw new Error('expected a lease');
      const given = { ids: ['w/1'], through: 1n, position: 2n, path: ['a'], value: 2 };
      const under = (epoch: bigint) => here.store.patch(here.collection, given, { lease: lease.name, epoch });
      await expect(under(lease.epoch - 1n)).rejects.toMatchObject({ code: 'fenced' });
      expect([...(await under(lease.epoch))]).toEqual(['w/1']);
      await expect(here.store.patch('nowhere', given)).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });

  describe('a page without some fields', () => {
    it('leaves them out at the top of each body only', async () => {
      await put({ a: 1, b: { a: 2 }, [key]: 3 }, { b: 4 });
      const options = { limit: 1, without: ['a', key, 'missing'] };
      const page = await here.store.find(here.collection, options);
      expect(page.documents).toEqual([{ id: 'w/1', position: 1n, body: { b: { a: 2 } } }]);
      const next = await here.store.find(here.collection, { ...options, cursor: page.nextCursor ?? '' });
      expect(next.documents.map(({ body }) => body)).toEqual([{ b: 4 }]);
      const filter = { kind: 'eq', path: ['a'], value: 1 } as const;
      expect((await here.store.find(here.collection, { ...options, filter })).documents).toHaveLength(1);
    });

    it('is refused together with a sort', async () => {
      const sort = { path: ['a'], direction: 'asc' } as const;
      const asked = here.store.find(here.collection, { limit: 1, without: ['a'], sort });
      await expect(asked).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });
}
