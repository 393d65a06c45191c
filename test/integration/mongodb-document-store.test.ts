import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MongoClient, ObjectId } from 'mongodb';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { openMongodbDocumentStore } from '../../stores/document-store/mongodb/open-mongodb-document-store.js';
import { newDocument } from '../support/documents.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in.js';

const RETRIES_OF_THE_DRIVER = 2;

describe('the MongoDB document store, when the server has trouble,', () => {
  let standIn: MongoStandIn;
  let store: DocumentStore;
  let hurried: DocumentStore;
  let tests = 0;
  let collection = '';

  beforeAll(async () => {
    standIn = await startMongoStandIn();
    store = await openMongodbDocumentStore({ url: standIn.url, clock: () => 1_000 });
    hurried = await openMongodbDocumentStore({ url: standIn.url, timeoutMs: 3_000, clock: () => 1_000 });
  });

  beforeEach(async () => {
    tests += 1;
    collection = `things${String(tests)}@v1`;
    await store.ensureCollection(collection, [{ name: 'a', paths: [['a']] }]);
  });

  afterAll(async () => {
    await Promise.all([store.close(), hurried.close()]);
    await standIn.dispose();
  });

  it.each([1, RETRIES_OF_THE_DRIVER])(
    'says of writes whose reply is lost %i times which were done and which lost',
    async (times) => {
      await store.put(collection, [newDocument('w/1', { a: 1 }), newDocument('w/2', { a: 1 })]);
      await standIn.fail({ commands: ['update'], closeAfterApplying: true, times });
      const replacing = { id: 'w/1', expected: 1n, position: 1n, body: { a: 2 } };
      expect(await store.put(collection, [replacing, newDocument('w/2'), newDocument('w/3')])).toEqual([
        'written',
        'conflict',
        'written',
      ]);
      expect((await store.get(collection, 'w/1'))?.body).toEqual({ a: 2 });
    },
  );

  it('writes again what was not done when the connection broke', async () => {
    await standIn.fail({ commands: ['update'], closeConnection: true, times: RETRIES_OF_THE_DRIVER });
    expect(await store.put(collection, [newDocument('w/1', { a: 1 })])).toEqual(['written']);
  });

  it('answers the ids that a patch changed when its reply was lost', async () => {
    await store.put(collection, [newDocument('w/1', { a: 1 }), newDocument('w/2', { a: 1 })]);
    await standIn.fail({ commands: ['update'], closeAfterApplying: true });
    const changed = await store.patch(collection, { ids: ['w/1', 'w/3'], through: 1n, position: 2n, path: ['b'], value: 1 });
    expect([...changed]).toEqual(['w/1']);
  });

  it('reads again after a passing error, and fails at once with another', async () => {
    await store.put(collection, [newDocument('w/1')]);
    await standIn.fail({ commands: ['find'], errorCode: 11_600, times: 3 });
    expect(await store.get(collection, 'w/1')).not.toBeNull();
    await standIn.fail({ commands: ['find'], errorCode: 13 });
    await expect(store.get(collection, 'w/1')).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  it('lets an upsert that lost to a document which has expired since be done again', async () => {
    await standIn.fail({ commands: ['update'], rival: { expires_at: 500, shown_until: 500, token: new ObjectId() } });
    expect(await store.put(collection, [newDocument('w/1', { a: 1 }), newDocument('w/2')])).toEqual(['written', 'written']);
    await standIn.fail({ commands: ['update'], rival: { position: 0n, token: new ObjectId() } });
    expect(await store.put(collection, [newDocument('w/3', { a: 1 }), newDocument('w/4')])).toEqual(['conflict', 'conflict']);
  });

  it.each([
    ['reads', 'find', (from: DocumentStore) => from.get(collection, 'w/1')],
    ['writes', 'update', (into: DocumentStore) => into.put(collection, [newDocument('w/1')])],
    ['counts', 'aggregate', (from: DocumentStore) => from.count(collection, {})],
  ] as const)('answers %s within its bound when the server is silent', async (_name, command, work) => {
    await standIn.fail({ commands: [command], silent: true });
    await expect(work(hurried)).rejects.toMatchObject({ code: 'store_timeout' });
    await work(store);
  });

  it('waits for a slow answer that comes within the bound', async () => {
    await standIn.fail({ commands: ['update'], blockTimeMS: 300 });
    expect(await store.put(collection, [newDocument('w/1')])).toEqual(['written']);
  });

  it('does not take a write for durable that the majority did not confirm', async () => {
    await standIn.fail({ commands: ['update'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } });
    await expect(store.put(collection, [newDocument('w/1')])).rejects.toMatchObject({ code: 'store_timeout' });
    expect(await store.get(collection, 'w/1')).not.toBeNull();
  });

  it('goes on by itself after a restart of the server, with everything that was written', async () => {
    await store.put(collection, [newDocument('w/1', { a: 1 })]);
    await store.writeCheckpoint(collection, 7n);
    await standIn.stop();
    await expect(hurried.get(collection, 'w/1')).rejects.toMatchObject({ family: expect.stringMatching(/unavailable|timeout/) });
    await standIn.start();
    expect(await store.get(collection, 'w/1')).toEqual({ id: 'w/1', position: 1n, body: { a: 1 } });
    expect(await store.put(collection, [newDocument('w/2')])).toEqual(['written']);
    expect(await store.readCheckpoint(collection)).toBe(7n);
  });

  it('is refused under an old epoch though another process took the lease', async () => {
    const other = await openMongodbDocumentStore({ url: standIn.url });
    const lease = await store.acquireLease(collection, 'one', { now: 0, ttlMs: 10 });
    await other.acquireLease(collection, 'two', { now: 10, ttlMs: 10 });
    await other.close();
    const fence = { lease: collection, epoch: lease?.epoch ?? 0n };
    await expect(store.put(collection, [newDocument('w/1')], fence)).rejects.toMatchObject({ code: 'fenced' });
    await expect(store.writeCheckpoint(collection, 1n, fence)).rejects.toMatchObject({ code: 'fenced' });
  });

  it('builds indexes anew that drifted, and leaves those of others alone', async () => {
    const client = new MongoClient(standIn.url);
    const documents = client.db('cebe').collection(`documents/${collection}`);
    await documents.dropIndex('cebe:a');
    await documents.createIndex({ 'body.b': 1 }, { name: 'cebe:a' }, {});
    await documents.dropIndex('cebe::shown');
    await documents.createIndex({ _id: 1, shown_until: 1 }, { name: 'cebe::shown', hidden: true }, {});
    await documents.createIndex({ 'body.c': 1 }, { name: 'by hand' }, {});
    await store.ensureCollection(collection, [{ name: 'a', paths: [['a']] }]);
    const keys = new Map((await documents.indexes()).map(({ name, key }) => [name, Object.keys(key)]));
    expect(keys.get('cebe:a')).toEqual(['body.a', '_id', 'shown_until']);
    expect((await documents.indexes()).find(({ name }) => name === 'cebe::shown')).not.toHaveProperty('hidden');
    expect(keys.has('by hand')).toBe(true);
    await client.close();
  });

  it('takes documents with arrays in two paths of an index, which then ends at the first', async () => {
    await store.ensureCollection(collection, [{ name: 'both', paths: [['a'], ['b']] }]);
    expect(await store.put(collection, [newDocument('w/1', { a: [1], b: [2] }), newDocument('w/2')])).toEqual([
      'written',
      'written',
    ]);
    expect(await store.count(collection, { filter: { kind: 'eq', path: ['b'], value: 2 } })).toBe(1);
  });

  it('stores large documents in bulks of their own, and refuses what MongoDB cannot hold', async () => {
    const large = { text: 'x'.repeat(3_000_000) };
    expect(await store.put(collection, [newDocument('w/1', large), newDocument('w/2', large)])).toEqual(['written', 'written']);
    expect((await store.find(collection, { limit: 10 })).documents).toHaveLength(2);
    const tooLarge = { text: 'é'.repeat(9_000_000) };
    await expect(store.put(collection, [newDocument('w/3', tooLarge)])).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('opening the MongoDB document store', () => {
  it.each([
    ['no server answers', 'mongodb://user:geheim@127.0.0.1:1/?serverSelectionTimeoutMS=200', 'store_unavailable'],
    ['the connection string is none', 'mongodb://user:geheim@', 'config_invalid'],
    ['it names an unknown option', 'mongodb://user:geheim@127.0.0.1:1/?mystery=geheim', 'config_invalid'],
  ])('fails when %s, and does not tell the password', async (_name, url, code) => {
    const error: unknown = await openMongodbDocumentStore({ url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('geheim');
  });
});

describe('the log that the documents of a MongoDB follow', () => {
  let standIn: MongoStandIn;
  beforeAll(async () => {
    standIn = await startMongoStandIn();
  });
  afterAll(() => standIn.dispose());

  const follow = (id: string, end: bigint): Promise<DocumentStore> =>
    openMongodbDocumentStore({ url: standIn.url, log: Promise.resolve({ id, end: () => Promise.resolve(end) }) });

  it('is the first one that several processes open it with, and no other', async () => {
    const opened = await Promise.all([follow('log-1', 0n), follow('log-1', 0n)]);
    await Promise.all(opened.map((store) => store.close()));
    await expect(follow('log-2', 0n)).rejects.toMatchObject({
      code: 'data_folder_mixed',
      message: expect.stringMatching(/database cebe.*log log-2.*of log-1/),
    });
  });

  it('is refused when it ends before what was folded from it', async () => {
    const store = await follow('log-1', 7n);
    await store.writeCheckpoint('counting@v1', 7n);
    await store.close();
    await (await follow('log-1', 7n)).close();
    await expect(follow('log-1', 6n)).rejects.toMatchObject({ code: 'data_folder_mixed' });
  });
});
