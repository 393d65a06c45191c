import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createCheckpoint } from '../../runtime/processor/checkpoint.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';

let place: Awaited<ReturnType<typeof embeddedDocumentStorePlace>>;
let documentStore: DocumentStore;

beforeEach(async () => {
  place = await embeddedDocumentStorePlace();
  documentStore = await place.open({ clock: Date.now });
});

afterEach(async () => {
  await documentStore.close();
  await place.dispose();
});

it('is due soon after something was folded, and as late as it may be while everything is passed over', async () => {
  let now = 1_000_000;
  const lease = await documentStore.acquireLease('processors', 'one', { now, ttlMs: 60_000 });
  const fence = () => ({ lease: 'processors', epoch: lease?.epoch ?? 0n });
  const checkpoint = createCheckpoint({
    documentStore,
    name: 'counting@v1',
    stored: 0n,
    clock: () => now,
    fence,
    skippedMs: 5_000,
  });
  expect(checkpoint.nextDue()).toBe(Infinity);
  checkpoint.note(1n, 0);
  expect(checkpoint.nextDue()).toBe(now + 5_000);
  now += 500;
  checkpoint.note(2n, 1);
  expect(checkpoint.nextDue()).toBe(now + 1_000);
  await checkpoint.write(() => Promise.resolve());
  expect([checkpoint.nextDue(), await documentStore.readCheckpoint('counting@v1')]).toEqual([Infinity, 2n]);
});
