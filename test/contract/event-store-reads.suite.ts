import { describe, expect, it } from '@jest/globals';
import { collect, idsOf, newEvent, newEvents } from '../support/new-events.js';
import type { StoreUnderTest } from './event-store-under-test.js';

/** Reading streams and the whole log. */
export function describeReads({ store, newStream, restart }: StoreUnderTest): void {
  describe('reading a stream', () => {
    it('gives back what was stored', async () => {
      const stream = newStream();
      const event = newEvent({
        type: 'call_logged',
        data: {
          plain: { deep: { list: [1, 2.5, 'é ✓ 日本', true, { a: [] }] }, long: 'ü'.repeat(20_000) },
          hashes: { email: 'abc' },
          sealed: [{ class: 'quasi', key_id: 'k1', fields: ['city'], iv: 'aXY=', ct: 'Y3Q=' }],
        },
      });
      const { position } = await store().append(stream, 'no_stream', [event]);
      expect(await collect(store().readStream(stream))).toEqual([{ ...event, stream, revision: 0n, position }]);
    });

    it('gives nothing for a stream that does not exist', async () => {
      expect(await collect(store().readStream(newStream()))).toEqual([]);
      expect(await collect(store().readStream(newStream(), { direction: 'backwards' }))).toEqual([]);
      const absent = newStream();
      expect(await store().streamHeads([absent])).toEqual(new Map([[absent, -1n]]));
    });

    it('reads long streams both ways, from any revision, up to a limit', async () => {
      const stream = newStream();
      const events = newEvents(1300);
      await store().append(stream, 'no_stream', events.slice(0, 700));
      await store().append(stream, 699n, events.slice(700));
      const ids = idsOf(events);
      const read = async (options: Parameters<ReturnType<typeof store>['readStream']>[1]) =>
        idsOf(await collect(store().readStream(stream, options)));
      expect(await read({})).toEqual(ids);
      expect(await read({ direction: 'backwards' })).toEqual([...ids].reverse());
      expect(await read({ from: 698n, limit: 4 })).toEqual(ids.slice(698, 702));
      expect(await read({ from: 1298n })).toEqual(ids.slice(1298));
      expect(await read({ from: 1300n })).toEqual([]);
      expect(await read({ direction: 'backwards', limit: 3 })).toEqual(ids.slice(-3).reverse());
      expect(await read({ direction: 'backwards', from: 1n })).toEqual(ids.slice(0, 2).reverse());
    });

    it('may be left at any event', async () => {
      const stream = newStream();
      await store().append(stream, 'no_stream', newEvents(1000));
      expect(await collect(store().readStream(stream), 3)).toHaveLength(3);
      expect(await collect(store().readStream(stream, { limit: 1 }))).toHaveLength(1);
    });

    it('sees an append as soon as it was answered', async () => {
      const stream = newStream();
      for (let revision = -1n; revision < 20n; revision += 1n) {
        await store().append(stream, revision < 0n ? 'no_stream' : revision, [newEvent()]);
        expect((await store().streamHeads([stream])).get(stream)).toBe(revision + 1n);
        expect(await collect(store().readStream(stream, { from: revision + 1n }))).toHaveLength(1);
      }
    });
  });

  describe('reading all', () => {
    it('is in position order, and each stream in it in revision order', async () => {
      const before = await store().head();
      const streams = Array.from({ length: 8 }, () => newStream());
      await Promise.all(
        streams.map(async (stream) => {
          for (let revision = -1n; revision < 60n; revision += 2n) {
            await store().append(stream, revision < 0n ? 'no_stream' : revision, newEvents(2));
          }
        }),
      );
      const all = await collect(store().readAll({ after: before }));
      expect(all).toHaveLength(8 * 62);
      for (const [index, event] of all.slice(1).entries()) expect(event.position > (all[index]?.position ?? 0n)).toBe(true);
      for (const stream of streams) {
        expect(all.filter((event) => event.stream === stream)).toEqual(await collect(store().readStream(stream)));
      }
    });

    it('goes on behind every position, also after a restart, up to a limit', async () => {
      const before = await store().head();
      for (let append = 0; append < 5; append += 1) await store().append(newStream(), 'no_stream', newEvents(3));
      await restart();
      const all = await collect(store().readAll({ after: before }));
      for (const [index, event] of all.entries()) {
        expect(await collect(store().readAll({ after: event.position }))).toEqual(all.slice(index + 1));
        expect(await collect(store().readAll({ after: event.position, limit: 2 }))).toEqual(all.slice(index + 1, index + 3));
      }
    });

    it('gives only the wanted categories, in position order', async () => {
      const before = await store().head();
      for (let round = 0; round < 30; round += 1) {
        for (const category of ['customer', 'segment', 'campaign', 'campaign_run']) {
          await store().append(newStream(category), 'no_stream', [newEvent()]);
        }
      }
      const all = await collect(store().readAll({ after: before }));
      const wanted = all.filter((event) => /^(segment|campaign)-/.test(event.stream));
      expect(await collect(store().readAll({ after: before, categories: ['segment', 'campaign'] }))).toEqual(wanted);
      expect(await collect(store().readAll({ after: before, categories: ['template'] }))).toEqual([]);
    });
  });
}
