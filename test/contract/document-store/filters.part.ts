import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../../contracts/json.js';
import type { IndexSpec } from '../../../stores/document-store/document-store.port.js';
import type { Filter } from '../../../stores/document-store/filter.js';
import { matchesFilter } from '../../../stores/document-store/matches-filter.js';
import { bodiesAndFilters, body, flatBody } from '../../support/arbitrary-documents.js';
import { allIds, storeBodies } from '../../support/documents.js';
import { truthTable } from '../../support/filter-truth-table.js';
import type { DocumentStoreUnderTest } from '../document-store.suite.js';

const indexes: readonly IndexSpec[] = [
  { name: 'a', paths: [['a']] },
  { name: 'b-and-a', paths: [['b'], ['a']] },
  { name: 'nested', paths: [['a', 'b']] },
  { name: 'quoted', paths: [["it's"]] },
];

/** What a filter finds: the truth table, and the same answer as `matchesFilter` for whatever can be generated. */
export function describeFilters(here: DocumentStoreUnderTest): void {
  describe('filters', () => {
    it.each(truthTable)('$says', async ({ filter: tested, holds, fails }) => {
      const held = await storeBodies(here, 'w/holds/', holds);
      await storeBodies(here, 'w/fails/', fails);
      expect(await allIds(here, { filter: tested, limit: 100 })).toEqual(held);
      expect(await here.store.count(here.collection, { filter: { kind: 'not', filter: tested } })).toBe(fails.length);
    });

    it('find what matchesFilter holds for, in a collection without indexes', async () => {
      await agree(here, { indexes: [], bodies: body });
    });

    it('find the same where indexes answer and fields hold anything', async () => {
      await agree(here, { indexes, bodies: body });
    });

    it('find the same where indexes answer and fields hold no arrays', async () => {
      await agree(here, { indexes, bodies: flatBody });
    });

    it.each([
      ['NaN', { kind: 'eq', path: ['a'], value: Number.NaN }],
      ['infinity', { kind: 'in', path: ['a'], values: [1, Number.POSITIVE_INFINITY] }],
      ['half a surrogate pair', { kind: 'eq', path: ['a'], value: '\ud83d' }],
      ['a key with U+0000', { kind: 'exists', path: ['a\u0000'] }],
      ['an empty path', { kind: 'exists', path: [] }],
      ['an empty path inside an element', { kind: 'element', path: ['a'], match: { kind: 'eq', path: [], value: 1 } }],
      ['a range without bounds', { kind: 'range', path: ['a'] }],
      ['bounds of two types', { kind: 'range', path: ['a'], gt: 1, lt: 'b' }],
    ] satisfies [string, Filter][])('refuse %s', async (_name, refused) => {
      await expect(here.store.count(here.collection, { filter: refused })).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(here.store.find(here.collection, { filter: refused, limit: 1 })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    });
  });
}

async function agree(
  here: DocumentStoreUnderTest,
  given: { readonly indexes: readonly IndexSpec[]; readonly bodies: fc.Arbitrary<JsonObject> },
): Promise<void> {
  await here.store.ensureCollection(here.collection, given.indexes);
  let runs = 0;
  const property = fc.asyncProperty(bodiesAndFilters(given.bodies), async ([bodies, filters]) => {
    runs += 1;
    const idPrefix = `run${String(runs)}/`;
    const ids = await storeBodies(here, idPrefix, bodies);
    await Promise.all(
      filters.map(async (each) => {
        const expected = ids.filter((_, index) => matchesFilter(each, bodies[index] ?? {}));
        const [found, counted] = await Promise.all([
          here.store.find(here.collection, { idPrefix, filter: each, limit: 100 }),
          here.store.count(here.collection, { idPrefix, filter: each }),
        ]);
        expect(found.documents.map((document) => document.id)).toEqual(expected);
        expect(counted).toBe(expected.length);
      }),
    );
  });
  await fc.assert(property, { numRuns: 1_000 });
}
