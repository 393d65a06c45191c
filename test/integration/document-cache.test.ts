import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDocumentCache, type DocumentCache } from '../../runtime/processor/document-cache.js';
import type { DocumentStore, Lease } from '../../stores/document-store/document-store.port.js';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';

let place: Awaited<ReturnType<typeof embeddedDocumentStorePlace>>;
let store: DocumentStore;
let lease: Lease;

beforeAll(async () => {
  place = await embeddedDocumentStorePlace();
  store = await place.open({ clock: Date.now });
  const taken = await store.acquireLease('processors', 'test', { now: Date.now(), ttlMs: 600_000 });
  if (taken === null) throw new Error('expected the lease');
  lease = taken;
});

afterAll(async () => {
  await store.close();
  await place.dispose();
});

async function cacheOf(collection: string, documentStore: DocumentStore = store): Promise<DocumentCache> {
  await store.ensureCollection(collection, []);
  return createDocumentCache({
    documentStore,
    collection,
    capacity: 100,
    fence: () => ({ lease: lease.name, epoch: lease.epoch }),
  });
}

/** The store, with each reading held up behind the store's answer until it is let go. */
function heldUp(): { readonly documentStore: DocumentStore; readonly letGo: () => void } {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const getMany: DocumentStore['getMany'] = async (collection, ids) => {
    const found = await store.getMany(collection, ids);
    await gate;
    return found;
  };
  return { documentStore: { ...store, getMany }, letGo: () => letGo() };
}

describe('the documents of a processor', () => {
  it('are not those read ahead where they were written meanwhile', async () => {
    const { documentStore, letGo } = heldUp();
    const cache = await cacheOf('overtaken', documentStore);
    const fence = { lease: lease.name, epoch: lease.epoch };
    await store.put('overtaken', [{ id: 'w1/a', expected: 'none', position: 1n, body: { n: 1 } }], fence);
    cache.prefetch(['w1/a', 'w1/b']);
    await cache.write([{ id: 'w1/a', expected: 1n, position: 2n, body: { n: 2 } }]);
    const loading = cache.load(['w1/a', 'w1/b']);
    letGo();
    const loaded = await loading;
    expect(loaded.get('w1/a')).toMatchObject({ position: 2n, body: { n: 2 } });
    expect(loaded.get('w1/b')).toEqual({ position: 'none', body: null });
  });

  it('are read once when they are written again and again', async () => {
    const readings: (readonly string[])[] = [];
    const getMany: DocumentStore['getMany'] = (collection, ids) => {
      readings.push(ids);
      return store.getMany(collection, ids);
    };
    const cache = await cacheOf('again', { ...store, getMany });
    for (let position = 1n; position <= 4n; position += 1n) {
      const known = (await cache.load(['w1/a'])).get('w1/a');
      const lost = await cache.write([
        { id: 'w1/a', expected: known?.position ?? 'none', position, body: { n: Number(position) } },
      ]);
      expect(lost.size).toBe(0);
    }
    expect(readings.length).toBeLessThanOrEqual(2);
    expect((await store.get('again', 'w1/a'))?.body).toEqual({ n: 4 });
  });

  it('are read anew after another writer was faster', async () => {
    const cache = await cacheOf('lost');
    for (const position of [1n, 2n]) {
      const expected = position === 1n ? 'none' : 1n;
      await cache.write([{ id: 'w1/a', expected, position, body: { by: 'us' } }]);
    }
    const fence = { lease: lease.name, epoch: lease.epoch };
    await store.put('lost', [{ id: 'w1/a', expected: 2n, position: 3n, body: { by: 'them' } }], fence);
    expect(await cache.write([{ id: 'w1/a', expected: 2n, position: 4n, body: { by: 'us' } }])).toEqual(new Set(['w1/a']));
    expect((await cache.load(['w1/a'])).get('w1/a')).toMatchObject({ position: 3n, body: { by: 'them' } });
  });
});
