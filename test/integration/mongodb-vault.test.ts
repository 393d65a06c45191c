import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Document, MongoClient } from 'mongodb';
import { createStoreWatch } from '../../stores/store-watch.js';
import { type MongodbVaultOptions, openMongodbVault } from '../../stores/vault/mongodb/mongodb-vault.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { testVaultKey } from '../support/embedded-vault-place.js';
import { type MongoStandIn, startMongoStandIn } from '../support/mongo-stand-in.js';

const RETRIES_OF_THE_DRIVER = 2;

describe('the MongoDB vault', () => {
  let standIn: MongoStandIn;
  let client: MongoClient;
  let tests = 0;
  let database = '';
  let opened: Vault[] = [];
  let now = 1_000;

  beforeAll(async () => {
    standIn = await startMongoStandIn();
    client = new MongoClient(standIn.url);
  });

  beforeEach(() => {
    tests += 1;
    database = `vault${String(tests)}`;
    now = 1_000;
  });

  afterEach(async () => {
    await Promise.all(opened.map((vault) => vault.close()));
    opened = [];
  });

  afterAll(async () => {
    await client.close();
    await standIn.dispose();
  });

  /** As another process on the same server would. */
  async function open(options: Partial<MongodbVaultOptions> = {}): Promise<Vault> {
    const vaultKey = { version: 1, key: testVaultKey };
    const vault = await openMongodbVault({ url: standIn.url, database, vaultKey, clock: () => now, ...options });
    opened.push(vault);
    return vault;
  }

  async function keyOf(vault: Vault, subject = 'customer/1') {
    return (await vault.ensureKeys('w1', [subject])).get(subject);
  }

  const rows = (): Promise<Document[]> => client.db(database).collection('cebe.vault.keys').find().toArray();

  describe('when the server has trouble', () => {
    it.each([1, RETRIES_OF_THE_DRIVER, RETRIES_OF_THE_DRIVER + 1])(
      'answers the key that stands when the reply to its making is lost %i times',
      async (times) => {
        const vault = await open();
        await standIn.fail({ commands: ['update'], closeAfterApplying: true, times });
        const key = await keyOf(vault);
        expect(await keyOf(await open())).toEqual(key);
        expect(await rows()).toMatchObject([{ _id: 'w1/customer/1', key_id: key?.keyId, ids: [key?.keyId] }]);
      },
    );

    it.each([1, RETRIES_OF_THE_DRIVER + 1])('destroys for good when the reply is lost %i times', async (times) => {
      const vault = await open();
      const key = await keyOf(vault);
      await standIn.fail({ commands: ['update'], closeAfterApplying: true, times });
      await vault.destroyKey('w1', 'customer/1');
      expect((await vault.openKeys([key?.keyId ?? ''])).get(key?.keyId ?? '')).toBe('destroyed');
      await standIn.fail({ commands: ['insert'], closeAfterApplying: true, times });
      await vault.destroyKey('w1', 'customer/2');
      expect((await (await open()).ensureKeys('w1', ['customer/1', 'customer/2'])).size).toBe(0);
    });

    it('makes one secret and refuses no look-up key of its own when replies are lost', async () => {
      const vault = await open();
      await standIn.fail({ commands: ['insert'], closeAfterApplying: true, times: RETRIES_OF_THE_DRIVER + 1 });
      const secret = await vault.secret('w1', 'unsubscribe');
      expect(Buffer.from(await (await open()).secret('w1', 'unsubscribe'))).toEqual(Buffer.from(secret));
      await standIn.fail({ commands: ['insert'], closeAfterApplying: true, times: RETRIES_OF_THE_DRIVER + 1 });
      await vault.putSecret('w1', 'look_up', Buffer.from('given'));
      expect(Buffer.from(await vault.secret('w1', 'look_up')).toString()).toBe('given');
    });

    it('goes by what another writer put there between the look and the insert', async () => {
      const vault = await open();
      await standIn.fail({ commands: ['update'], rival: { state: 'destroyed' } });
      const keys = await vault.ensureKeys('w1', ['customer/1', 'customer/2']);
      // The fault strikes each insert of the command.
      expect(keys.size).toBe(0);
      expect((await rows()).map(({ state }) => state as string)).toEqual(['destroyed', 'destroyed']);
    });

    it('answers no key that the majority did not confirm', async () => {
      const vault = await open();
      await standIn.fail({ commands: ['update'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } });
      await expect(keyOf(vault)).rejects.toMatchObject({ code: 'store_timeout' });
      expect((await keyOf(vault))?.keyId).toBe((await rows())[0]?.['key_id']);
    });

    it('says so within its bound when the server is silent', async () => {
      const vault = await open({ timeoutMs: 3_000 });
      await standIn.fail({ commands: ['find'], silent: true });
      await expect(keyOf(vault)).rejects.toMatchObject({ code: 'store_timeout' });
    });

    it('tells its watch when the server is away and when it works again, and opens cached keys meanwhile', async () => {
      const watch = createStoreWatch('vault');
      const vault = await open({ watch, timeoutMs: 3_000 });
      const key = await keyOf(vault);
      await standIn.stop();
      await expect(keyOf(vault, 'customer/2')).rejects.toMatchObject({
        code: expect.stringMatching(/^store_(unavailable|timeout)$/),
      });
      expect(watch.failure).not.toBeNull();
      expect(await keyOf(vault)).toEqual(key);
      const works = new Promise<void>((resolve) => {
        watch.listen((failure) => {
          if (failure === null) resolve();
        });
      });
      await standIn.start();
      await works;
      expect(await keyOf(vault, 'customer/2')).toBeDefined();
    });
  });

  describe('when several processes use it', () => {
    it('gives all of them the same keys and secrets, whoever was first', async () => {
      const vaults = await Promise.all([open(), open(), open()]);
      const subjects = Array.from({ length: 300 }, (_, index) => `customer/${String(index)}`);
      const answers = await Promise.all(
        vaults.map(async (vault) => [await vault.ensureKeys('w1', subjects), await vault.secret('w1', 'webhook_id')] as const),
      );
      for (const [keys, secret] of answers) {
        expect(keys).toEqual(answers[0]?.[0]);
        expect(Buffer.from(secret)).toEqual(Buffer.from(answers[0]?.[1] ?? []));
      }
      expect(await rows()).toHaveLength(300);
    });

    it('lets one of two vault keys make a new vault, and refuses the other', async () => {
      const other = { version: 1, key: new Uint8Array(32).fill(9) };
      const results = await Promise.allSettled([open(), open({ vaultKey: other })]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'vault_key_wrong' } });
    });

    it('sees within 30 s what another process destroyed or replaced', async () => {
      const [one, other] = await Promise.all([open(), open()]);
      await one.putSecret('w1', 'mailgun_signing', Buffer.from('old'));
      const key = await keyOf(one);
      expect(await keyOf(other)).toEqual(key);
      await other.secret('w1', 'mailgun_signing');
      await one.destroyKey('w1', 'customer/1');
      await one.putSecret('w1', 'mailgun_signing', Buffer.from('new'));
      now += 30_001;
      expect(await keyOf(other)).toBeUndefined();
      expect((await other.openKeys([key?.keyId ?? ''])).get(key?.keyId ?? '')).toBe('destroyed');
      expect(Buffer.from(await other.secret('w1', 'mailgun_signing')).toString()).toBe('new');
    });

    it('makes one new key for a subject that was reopened, whoever asks first', async () => {
      const vaults = await Promise.all([open(), open()]);
      const old = await keyOf(vaults[0]);
      await vaults[0].destroyKey('w1', 'customer/1');
      now += 30_001;
      await vaults[1].reopen('w1', 'customer/1');
      const [one, other] = await Promise.all(vaults.map((vault) => keyOf(vault)));
      expect(one).toBeDefined();
      expect(other).toEqual(one);
      expect((await rows())[0]?.['ids']).toEqual([one?.keyId, old?.keyId]);
    });
  });

  describe('in its database', () => {
    it('stands apart from the documents, whose database can be dropped', async () => {
      const vault = await openMongodbVault({ url: standIn.url, vaultKey: { version: 1, key: testVaultKey } });
      opened.push(vault);
      const key = await keyOf(vault);
      await client.db('cebe').dropDatabase();
      expect((await client.db('cebe_vault').collection('cebe.vault.keys').findOne({ key_id: key?.keyId }))?._id).toBe(
        'w1/customer/1',
      );
    });

    it('holds no key in the clear, and zeros for a destroyed one', async () => {
      const vault = await open();
      const key = await keyOf(vault);
      const wrapped = (): Promise<Buffer> =>
        rows().then(([row]) => Buffer.from((row?.['wrapped'] as { buffer: Uint8Array }).buffer));
      expect((await wrapped()).includes(Buffer.from(key?.key ?? []))).toBe(false);
      await vault.destroyKey('w1', 'customer/1');
      expect(await wrapped()).toEqual(Buffer.alloc(60));
    });

    it('refuses a key that was damaged or moved to another subject, and answers the others', async () => {
      const keys = await (await open()).ensureKeys('w1', ['customer/1', 'customer/2']);
      const vault = await open();
      const [, second] = await rows();
      const stored = client.db(database).collection<{ _id: string }>('cebe.vault.keys');
      await stored.updateOne({ _id: 'w1/customer/1' }, { $set: { wrapped: second?.['wrapped'] as unknown } });
      const refusal = { code: 'vault_entry_damaged', details: { key_id: keys.get('customer/1')?.keyId } };
      const [moved, other] = await Promise.allSettled([keyOf(vault), keyOf(vault, 'customer/2')]);
      expect(moved).toMatchObject({ status: 'rejected', reason: refusal });
      expect(other).toEqual({ status: 'fulfilled', value: keys.get('customer/2') });
    });

    it('belongs to the log that it was first opened with', async () => {
      await open();
      await open({ log: Promise.resolve('log-1') });
      await open({ log: Promise.resolve('log-1') });
      await expect(open({ log: Promise.resolve('log-2') })).rejects.toMatchObject({
        code: 'data_folder_mixed',
        details: { expected: 'log-1', found: 'log-2' },
      });
      await expect(open({ log: Promise.reject(new Error('no log')) })).rejects.toThrow('no log');
      await open();
    });

    it('is refused in a format of a later version', async () => {
      await open();
      await client
        .db(database)
        .collection<{ _id: string }>('cebe.vault')
        .updateOne({ _id: 'vault' }, { $set: { format: 2 } });
      await expect(open()).rejects.toMatchObject({ code: 'store_format_unsupported' });
    });
  });
});
