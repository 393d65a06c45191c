import { describe, expect, it } from '@jest/globals';
import type { Lease } from '../../../stores/document-store/document-store.port.js';
import { newDocument } from '../../support/documents.js';
import type { DocumentStoreUnderTest } from '../document-store.suite.js';

/** Leases, fences and checkpoints. */
export function describeLeases(here: DocumentStoreUnderTest): void {
  const take = (holder: string, now = 0, name = here.collection) => here.store.acquireLease(name, holder, { now, ttlMs: 100 });
  const mustTake = async (holder: string, now = 0): Promise<Lease> => {
    const lease = await take(holder, now);
    if (lease === null) throw new Error(`${holder} did not get the lease`);
    return lease;
  };
  const fenceOf = (lease: Lease) => ({ lease: lease.name, epoch: lease.epoch });

  describe('leases', () => {
    it('are had by one holder until they run out', async () => {
      const first = await mustTake('one');
      expect(first).toEqual({ name: here.collection, holder: 'one', epoch: first.epoch });
      expect(await take('two', 99)).toBeNull();
      const second = await mustTake('two', 100);
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await take('one', 150)).toBeNull();
    });

    it('are renewed by their holder under the same epoch, also late when nobody came', async () => {
      const lease = await mustTake('one');
      expect(await take('one', 90)).toEqual(lease);
      expect(await take('two', 150)).toBeNull();
      expect(await take('one', 500)).toEqual(lease);
    });

    it('that are released can be taken at once, under a higher epoch', async () => {
      const lease = await mustTake('one');
      await here.store.releaseLease(lease);
      const next = await mustTake('one');
      expect(next.epoch).toBeGreaterThan(lease.epoch);
      await here.store.releaseLease(lease);
      expect(await take('two', 1)).toBeNull();
    });

    it('of different names have nothing to do with each other', async () => {
      await mustTake('one');
      expect(await take('two', 0, `${here.collection}/other`)).not.toBeNull();
    });
  });

  describe('fences', () => {
    it('let the newest epoch write and refuse older ones, which then change nothing', async () => {
      const old = await mustTake('one');
      expect(await here.store.put(here.collection, [newDocument('w/1')], fenceOf(old))).toEqual(['written']);
      const lease = await mustTake('two', 100);
      await expect(here.store.put(here.collection, [newDocument('w/2'), newDocument('w/3')], fenceOf(old))).rejects.toMatchObject(
        { code: 'fenced' },
      );
      await expect(here.store.writeCheckpoint(here.collection, 5n, fenceOf(old))).rejects.toMatchObject({ code: 'fenced' });
      expect(await here.store.count(here.collection, {})).toBe(1);
      expect(await here.store.readCheckpoint(here.collection)).toBeNull();
      expect(await here.store.put(here.collection, [newDocument('w/2')], fenceOf(lease))).toEqual(['written']);
      await here.store.writeCheckpoint(here.collection, 6n, fenceOf(lease));
      expect(await here.store.readCheckpoint(here.collection)).toBe(6n);
    });

    it('cost the writes that are asked at the same time nothing', async () => {
      const old = await mustTake('one');
      await mustTake('two', 100);
      const results = await Promise.allSettled([
        here.store.put(here.collection, [newDocument('w/1')]),
        here.store.put(here.collection, [newDocument('w/2')], fenceOf(old)),
        here.store.put(here.collection, [newDocument('w/3')]),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await here.store.count(here.collection, {})).toBe(2);
    });
  });

  describe('checkpoints', () => {
    it('are kept exactly, replaced and dropped', async () => {
      const name = `${here.collection}/checkpoint`;
      expect(await here.store.readCheckpoint(name)).toBeNull();
      for (const position of [-1n, 0n, 2n ** 62n + 1n, 5n]) {
        await here.store.writeCheckpoint(name, position);
        expect(await here.store.readCheckpoint(name)).toBe(position);
      }
      await here.store.dropCheckpoint(name);
      expect(await here.store.readCheckpoint(name)).toBeNull();
      await here.store.dropCheckpoint(name);
    });
  });
}
