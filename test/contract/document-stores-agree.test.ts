import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { bodiesAndFilters, body } from '../support/arbitrary-documents.js';
import { allIds, storeBodies } from '../support/documents.js';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';
import { mongoStandInDocumentStorePlace } from '../support/mongodb-document-store-place.js';
import type { DocumentStorePlace } from './document-store.suite.js';

const collection = 'things@v1';
let places: readonly DocumentStorePlace[] = [];
let stores: readonly DocumentStore[] = [];

beforeAll(async () => {
  places = await Promise.all([embeddedDocumentStorePlace(), mongoStandInDocumentStorePlace()]);
  stores = await Promise.all(places.map((place) => place.open({ clock: () => 0 })));
  await Promise.all(stores.map((store) => store.ensureCollection(collection, [{ name: 'a', paths: [['a']] }])));
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all(places.map((place) => place.dispose()));
});

it('finds the same documents in the embedded store and in MongoDB, whatever they hold and whatever is asked', async () => {
  let runs = 0;
  const property = fc.asyncProperty(bodiesAndFilters(body), async ([bodies, filters]) => {
    runs += 1;
    const idPrefix = `run${String(runs)}/`;
    const answersOf = async (store: DocumentStore): Promise<unknown> => {
      const target = { store, collection };
      await storeBodies(target, idPrefix, bodies);
      return Promise.all(filters.map((filter) => allIds(target, { idPrefix, filter, limit: 2 })));
    };
    const [embedded, mongodb] = await Promise.all(stores.map(answersOf));
    expect(mongodb).toEqual(embedded);
  });
  await fc.assert(property, { numRuns: 300 });
});
