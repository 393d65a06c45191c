import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';
import { newDocument, storeBodies } from '../support/documents.js';

const collection = 'things@v1';

describe('the file of the embedded document store', () => {
  let place: Awaited<ReturnType<typeof embeddedDocumentStorePlace>>;
  let open: DocumentStore[] = [];
  const openStore = async (): Promise<DocumentStore> => {
    const store = await place.open({ clock: Date.now });
    open.push(store);
    return store;
  };

  beforeEach(async () => {
    place = await embeddedDocumentStorePlace();
  });

  afterEach(async () => {
    await Promise.all(open.map((store) => store.close()));
    open = [];
    await place.dispose();
  });

  /** Opens the file past the store. */
  function inFile(work: (database: InstanceType<typeof DatabaseSync>) => unknown): unknown {
    const database = new DatabaseSync(place.file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }

  it('keeps everything from one opening to the next', async () => {
    const first = await openStore();
    await first.ensureCollection(collection, [{ name: 'a', paths: [['a']] }]);
    await first.put(collection, [newDocument('w/1', { a: 'x' }), { id: 'w/2', expected: 'none', position: 7n, body: null }]);
    await first.writeCheckpoint('things', 7n);
    const lease = await first.acquireLease('processors', 'one', { now: 0, ttlMs: 10 });
    await first.close();

    const second = await openStore();
    expect(await second.listCollections()).toEqual([collection]);
    expect(await second.get(collection, 'w/1')).toEqual({ id: 'w/1', position: 1n, body: { a: 'x' } });
    expect(await second.get(collection, 'w/2')).toEqual({ id: 'w/2', position: 7n, body: null });
    expect(await second.count(collection, { filter: { kind: 'eq', path: ['a'], value: 'x' } })).toBe(1);
    expect(await second.readCheckpoint('things')).toBe(7n);
    expect((await second.acquireLease('processors', 'two', { now: 10, ttlMs: 10 }))?.epoch).toBeGreaterThan(lease?.epoch ?? 0n);
  });

  it('is one file after closing, and overwrites what is deleted', async () => {
    const store = await openStore();
    await store.ensureCollection(collection, [{ name: 'secret', paths: [['secret']] }]);
    await store.put(collection, [newDocument('w/1', { secret: 'find-me-if-you-can' })]);
    await store.put(collection, [{ id: 'w/1', expected: 1n, position: 2n, body: null }]);
    await store.close();
    expect(await readdir(place.file.replace(/[^/]*$/, ''))).toEqual(['documents.sqlite']);
    expect((await readFile(place.file)).includes('find-me-if-you-can')).toBe(false);
  });

  it('is refused when another version wrote it, and left as it was', async () => {
    await (await openStore()).close();
    inFile((database) => {
      database.exec('PRAGMA user_version = 99');
    });
    await expect(openStore()).rejects.toMatchObject({
      code: 'store_format_unsupported',
      message: expect.stringMatching(/version 1 .*found version 99/),
    });
    expect(inFile((database): unknown => database.prepare('PRAGMA user_version').get())).toEqual({ user_version: 99 });
  });

  it("is refused when it is another program's database", async () => {
    inFile((database) => {
      database.exec('CREATE TABLE theirs (a)');
    });
    await expect(openStore()).rejects.toMatchObject({ code: 'store_format_unsupported' });
    expect(inFile((database): unknown => database.prepare('SELECT name FROM sqlite_schema').all())).toEqual([{ name: 'theirs' }]);
  });

  it('is refused when it is no database', async () => {
    await writeFile(place.file, 'not a database at all, but long enough to be read as one. '.repeat(20));
    await expect(openStore()).rejects.toMatchObject({ code: 'store_format_unsupported' });
  });

  it('is refused when it was cut off, with what helps', async () => {
    const store = await openStore();
    await store.ensureCollection(collection, []);
    const bodies = Array.from({ length: 500 }, () => ({ padding: 'x'.repeat(200) }));
    await storeBodies({ store, collection }, 'w/', bodies);
    await store.close();
    const { size } = await stat(place.file);
    for (const part of [0.9, 0.5, 0.01]) {
      await truncate(place.file, Math.floor(size * part));
      await expect(openStore()).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringMatching(/documents\.sqlite is damaged .*delete .*documents\.sqlite .*the next start rebuilds it/),
        details: { file: place.file },
      });
    }
    await rm(place.file);
    expect(await (await openStore()).listCollections()).toEqual([]);
  });

  it('is unavailable when its folder does not exist', async () => {
    await place.dispose();
    await expect(openStore()).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('closes after what was asked before, and answers nothing from then on', async () => {
    const store = await openStore();
    await store.ensureCollection(collection, []);
    const writes = Array.from({ length: 600 }, (_, index) => store.put(collection, [newDocument(`w/${String(index)}`)]));
    await Promise.all([store.close(), store.close()]);
    expect(new Set((await Promise.all(writes)).flat())).toEqual(new Set(['written']));
    await expect(store.get(collection, 'w/1')).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await (await openStore()).count(collection, {})).toBe(600);
  });

  it('loses what a dropped collection left behind when an earlier process did not get to it', async () => {
    const first = await openStore();
    await first.ensureCollection(collection, []);
    await storeBodies(
      { store: first, collection },
      'w/',
      Array.from({ length: 50 }, () => ({ a: 1 })),
    );
    await first.close();
    const tables = () =>
      inFile((database): unknown => database.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'c[0-9]*'").all());
    inFile((database) => {
      database.exec('DELETE FROM collections');
    });
    expect(tables()).not.toEqual([]);
    const second = await openStore();
    expect(await second.listCollections()).toEqual([]);
    await second.ensureCollection(collection, []);
    expect(await second.count(collection, {})).toBe(0);
    await second.dropCollection(collection);
    await second.close();
    expect(tables()).toEqual([]);
  });

  it('does not make one request pay for another that failed beside it', async () => {
    const first = await openStore();
    await first.ensureCollection(collection, []);
    await first.close();
    inFile((database) => {
      database.exec("CREATE TRIGGER trouble BEFORE INSERT ON c1 WHEN NEW.id = 'w/3' BEGIN SELECT RAISE(ABORT, 'trouble'); END");
    });
    const store = await openStore();
    // The first is under way alone; the others wait for it and go together.
    const writes = Array.from({ length: 6 }, (_, index) => store.put(collection, [newDocument(`w/${String(index)}`)]));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, false, true, true]);
    expect(outcomes[3]).toMatchObject({ reason: { code: 'store_unavailable', message: expect.stringContaining('trouble') } });
    expect(await store.count(collection, {})).toBe(5);
  });
});
