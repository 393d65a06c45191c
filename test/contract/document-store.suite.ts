import { afterAll, beforeAll, beforeEach, describe } from '@jest/globals';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { describeCollections } from './document-store/collections.part.js';
import { describeFilters } from './document-store/filters.part.js';
import { describeLeases } from './document-store/leases.part.js';
import { describePages } from './document-store/pages.part.js';
import { describePatches } from './document-store/patches.part.js';
import { describeWrites } from './document-store/writes.part.js';

/** A place that holds one document store. */
export interface DocumentStorePlace {
  /** `clock` decides what has expired. */
  open(options: { readonly clock: () => number }): Promise<DocumentStore>;
  dispose(): Promise<void>;
}

/** What the parts of the suite test: one open store, a clock to turn and a collection of its own for each test. */
export interface DocumentStoreUnderTest {
  readonly store: DocumentStore;
  readonly collection: string;
  now: number;
}

/** What every document store must do, whatever holds its documents; `open` makes a new, empty place. */
export function describeDocumentStore(name: string, open: () => Promise<DocumentStorePlace>): void {
  describe(`${name} as a document store`, () => {
    let place: DocumentStorePlace;
    let store: DocumentStore;
    let tests = 0;
    const here: DocumentStoreUnderTest = {
      get store() {
        return store;
      },
      get collection() {
        return `things${String(tests)}@v1`;
      },
      now: Date.UTC(2026, 0, 1),
    };

    beforeAll(async () => {
      place = await open();
      store = await place.open({ clock: () => here.now });
    });

    beforeEach(async () => {
      tests += 1;
      await store.ensureCollection(here.collection, []);
    });

    afterAll(async () => {
      await store.close();
      await place.dispose();
    });

    describeCollections(here);
    describeWrites(here);
    describePatches(here);
    describePages(here);
    describeFilters(here);
    describeLeases(here);
  });
}
