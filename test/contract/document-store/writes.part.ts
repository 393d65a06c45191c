import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../../contracts/json.js';
import type { DocumentWrite } from '../../../stores/document-store/document-store.port.js';
import { body } from '../../support/arbitrary-documents.js';
import { newDocument } from '../../support/documents.js';
import type { DocumentStoreUnderTest } from '../document-store.suite.js';

/** Compare-and-set, tombstones, expiry, and what a body may hold. */
export function describeWrites(here: DocumentStoreUnderTest): void {
  const put = (...writes: readonly DocumentWrite[]) => here.store.put(here.collection, writes);
  const get = (id: string) => here.store.get(here.collection, id);

  describe('compare-and-set', () => {
    it('stores a new document once', async () => {
      expect(await put(newDocument('w/1', { a: 1 }))).toEqual(['written']);
      expect(await put(newDocument('w/1', { a: 2 }))).toEqual(['conflict']);
      expect(await get('w/1')).toEqual({ id: 'w/1', position: 1n, body: { a: 1 } });
      expect(await get('w/2')).toBeNull();
    });

    it('replaces only what stands at the expected position', async () => {
      await put(newDocument('w/1', { a: 1 }));
      expect(await put({ id: 'w/1', expected: 5n, position: 6n, body: { a: 2 } })).toEqual(['conflict']);
      expect(await put({ id: 'w/1', expected: 1n, position: 7n, body: { a: 3 } })).toEqual(['written']);
      expect(await put({ id: 'w/1', expected: 1n, position: 8n, body: { a: 4 } })).toEqual(['conflict']);
      expect(await put({ id: 'w/2', expected: 1n, position: 8n, body: { a: 4 } })).toEqual(['conflict']);
      expect(await get('w/1')).toEqual({ id: 'w/1', position: 7n, body: { a: 3 } });
    });

    it('is not disturbed by scrubbing', async () => {
      await put(newDocument('w/1', { a: 1 }));
      await Promise.all([here.store.scrub(), put({ id: 'w/1', expected: 1n, position: 2n, body: { a: 2 } }), here.store.scrub()]);
      expect((await get('w/1'))?.body).toEqual({ a: 2 });
    });

    it('may write at the position that is expected', async () => {
      await put(newDocument('w/1', { a: 1 }));
      expect(await put({ id: 'w/1', expected: 1n, position: 1n, body: { a: 2 } })).toEqual(['written']);
      expect((await get('w/1'))?.body).toEqual({ a: 2 });
    });

    it('answers each write of a bulk by itself, in order', async () => {
      await put(newDocument('w/1'), newDocument('w/3'));
      expect(await put(newDocument('w/1'), newDocument('w/2'), newDocument('w/3'), newDocument('w/4'))).toEqual([
        'conflict',
        'written',
        'conflict',
        'written',
      ]);
      expect(await put()).toEqual([]);
    });

    it('lets exactly one of many racing writers win', async () => {
      await put(newDocument('w/1', { winner: 'none' }));
      const races = Array.from({ length: 20 }, (_, index) =>
        put({ id: 'w/1', expected: 1n, position: BigInt(index) + 2n, body: { winner: index } }),
      );
      const outcomes = (await Promise.all(races)).flat();
      expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
      expect((await get('w/1'))?.body).toEqual({ winner: outcomes.indexOf('written') });
    });

    it('keeps positions of 64 bits exactly', async () => {
      const position = 2n ** 63n - 1n;
      await put({ id: 'w/1', expected: 'none', position, body: {} });
      expect((await get('w/1'))?.position).toBe(position);
      expect(await put({ id: 'w/1', expected: position - 1n, position, body: {} })).toEqual(['conflict']);
    });

    it('stores thousands at once and gives them back by id', async () => {
      const writes = Array.from({ length: 2_000 }, (_, index) => newDocument(`w/${String(index)}`, { index }));
      expect(new Set(await put(...writes))).toEqual(new Set(['written']));
      const found = await here.store.getMany(here.collection, ['w/0', 'w/1999', 'w/2000', 'w/0']);
      expect([...found.keys()].sort()).toEqual(['w/0', 'w/1999']);
      expect(found.get('w/1999')).toEqual({ id: 'w/1999', position: 1n, body: { index: 1_999 } });
    });
  });

  describe('tombstones', () => {
    it('keep their position and guard it', async () => {
      await put(newDocument('w/1', { a: 1 }));
      expect(await put({ id: 'w/1', expected: 1n, position: 5n, body: null })).toEqual(['written']);
      expect(await get('w/1')).toEqual({ id: 'w/1', position: 5n, body: null });
      expect((await here.store.getMany(here.collection, ['w/1'])).get('w/1')).toEqual({ id: 'w/1', position: 5n, body: null });
      expect(await put(newDocument('w/1', { a: 2 }))).toEqual(['conflict']);
      expect(await put({ id: 'w/1', expected: 5n, position: 6n, body: { a: 3 } })).toEqual(['written']);
      expect(await here.store.count(here.collection, {})).toBe(1);
    });

    it('are seen by no query', async () => {
      await put(newDocument('w/1', { a: 'x' }), { id: 'w/2', expected: 'none', position: 1n, body: null });
      const not = { kind: 'not', filter: { kind: 'exists', path: ['b'] } } as const;
      expect((await here.store.find(here.collection, { limit: 10 })).documents.map(({ id }) => id)).toEqual(['w/1']);
      expect((await here.store.find(here.collection, { limit: 10, filter: not })).documents.map(({ id }) => id)).toEqual(['w/1']);
      expect(
        (await here.store.find(here.collection, { limit: 10, sort: { path: ['b'], direction: 'asc' } })).documents.map(
          ({ id }) => id,
        ),
      ).toEqual(['w/1']);
      expect(await here.store.count(here.collection, { filter: not })).toBe(1);
      expect(await here.store.countBy(here.collection, ['a'], {})).toEqual(new Map([['x', 1]]));
    });
  });

  describe('expiry', () => {
    const expiring = (id: string, after: number, position = 1n): DocumentWrite => ({
      ...newDocument(id, { a: 'x' }),
      position,
      expires_at: here.now + after,
    });

    beforeEach(async () => {
      await here.store.purgeExpired(here.now);
    });

    it('makes documents and tombstones as if they had never been', async () => {
      await put(expiring('w/1', 1_000), { ...expiring('w/2', 1_000), body: null }, newDocument('w/3', { a: 'x' }));
      expect(await here.store.count(here.collection, {})).toBe(2);
      here.now += 1_000;
      expect(await get('w/1')).toBeNull();
      expect(await get('w/2')).toBeNull();
      expect((await here.store.find(here.collection, { limit: 10 })).documents.map(({ id }) => id)).toEqual(['w/3']);
      expect(await here.store.count(here.collection, { filter: { kind: 'eq', path: ['a'], value: 'x' } })).toBe(1);
      expect(await here.store.countBy(here.collection, ['a'], {})).toEqual(new Map([['x', 1]]));
    });

    it('frees the id for a new document and for nothing else', async () => {
      await put(expiring('w/1', 1_000, 9n), expiring('w/2', 1_000, 9n));
      expect(await put(newDocument('w/1'))).toEqual(['conflict']);
      here.now += 1_000;
      expect(await put({ id: 'w/1', expected: 9n, position: 10n, body: {} })).toEqual(['conflict']);
      expect(await put(newDocument('w/1', { fresh: true }))).toEqual(['written']);
      expect(await get('w/1')).toEqual({ id: 'w/1', position: 1n, body: { fresh: true } });
      expect(await here.store.purgeExpired(here.now)).toBe(1);
      expect((await get('w/1'))?.body).toEqual({ fresh: true });
    });

    it('ends when a later write names no time', async () => {
      await put(expiring('w/1', 1_000));
      await put({ id: 'w/1', expected: 1n, position: 2n, body: { kept: true } });
      here.now += 1_000;
      expect((await get('w/1'))?.body).toEqual({ kept: true });
      expect(await here.store.purgeExpired(here.now)).toBe(0);
    });

    it('is swept by purgeExpired, which counts what it forgot', async () => {
      await put(expiring('w/1', 10), expiring('w/2', 20), { ...expiring('w/3', 10), body: null }, newDocument('w/4'));
      expect(await here.store.purgeExpired(here.now + 9)).toBe(0);
      expect(await here.store.purgeExpired(here.now + 10)).toBe(2);
      expect(await here.store.purgeExpired(here.now + 10)).toBe(0);
      expect(await here.store.count(here.collection, {})).toBe(2);
    });
  });

  describe('bodies', () => {
    it('come back as they were', async () => {
      let runs = 0;
      const property = fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 5 }), async (bodies) => {
        runs += 1;
        const writes = bodies.map((each, index) => newDocument(`run${String(runs)}/${String(index)}`, each));
        await put(...writes);
        const found = await here.store.getMany(
          here.collection,
          writes.map(({ id }) => id),
        );
        // Through JSON, because it has no -0.
        for (const write of writes) expect(JSON.stringify(found.get(write.id)?.body)).toBe(JSON.stringify(write.body));
      });
      await fc.assert(property, { numRuns: 200 });
    });

    const nested = (levels: number): JsonObject => (levels === 1 ? {} : { inner: nested(levels - 1) });

    it('may be 100 levels deep', async () => {
      expect(await put(newDocument('w/1', nested(100)))).toEqual(['written']);
      expect((await get('w/1'))?.body).toEqual(nested(100));
    });

    it.each([
      ['null', { a: { b: null } }, '/a/b'],
      ['undefined', { a: undefined }, '/a'],
      ['NaN', { a: [1, Number.NaN] }, '/a/1'],
      ['infinity', { a: Number.POSITIVE_INFINITY }, '/a'],
      ['a bigint', { 'x/y': 1n }, '/x~1y'],
      ['a Date', { a: new Date(0) }, '/a'],
      ['a Map', { a: new Map() }, '/a'],
      ['half a surrogate pair', { a: { b: 'x\ud83d' } }, '/a/b'],
      ['half a surrogate pair in a key', { a: { '\udc00': 1 } }, '/a/\udc00'],
      ['U+0000 in a key', { a: [{ 'b\u0000': 1 }] }, '/a/0/b\u0000'],
      ['101 levels', nested(101), '/inner'.repeat(100)],
    ])('with %s are refused with the place, and nothing of the bulk is written', async (_name, refused, pointer) => {
      // What the types forbid is what is tested.
      const write = { ...newDocument('w/2'), body: refused as JsonObject };
      await expect(put(newDocument('w/1'), write)).rejects.toMatchObject({ code: 'invalid_input', places: [{ pointer }] });
      expect(await get('w/1')).toBeNull();
    });

    it.each([
      ['an empty id', newDocument('')],
      ['an id of 513 characters', newDocument('x'.repeat(513))],
      ['an id with a control character', newDocument('w/\u0000')],
      ['an id that is not Unicode text', newDocument('w/\ud800')],
      ['a position beyond 64 bits', { ...newDocument('w/1'), position: 2n ** 63n }],
      ['a time of expiry in fractions', { ...newDocument('w/1'), expires_at: 0.5 }],
    ])('are refused with %s', async (_name, write) => {
      await expect(put(write)).rejects.toMatchObject({ code: 'invalid_input' });
    });

    it('are refused when a bulk names an id twice', async () => {
      await expect(put(newDocument('w/1'), newDocument('w/1'))).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });
}
