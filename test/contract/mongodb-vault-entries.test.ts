import { randomUUID } from 'node:crypto';
import { describe, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { openMongodbVaultEntries } from '../../stores/vault/mongodb/mongodb-vault-entries.js';
import { openMongodbVault } from '../../stores/vault/mongodb/mongodb-vault.js';
import { testVaultKey } from '../support/embedded-vault-place.js';
import { startMongoStandIn } from '../support/mongo-stand-in.js';
import { describeVaultEntries, type VaultCopyPlace } from './vault-entries.suite.js';

function openersOf(options: { readonly url: string; readonly database?: string }): Omit<VaultCopyPlace, 'dispose'> {
  const vaultKey = (key: Uint8Array = testVaultKey) => ({ version: 1, key });
  return {
    open: () => openMongodbVault({ ...options, vaultKey: vaultKey() }),
    entries: ({ key } = {}) => openMongodbVaultEntries({ ...options, vaultKey: vaultKey(key) }),
  };
}

describeVaultEntries('the vault in MongoDB, on the stand-in,', async () => {
  const standIn = await startMongoStandIn();
  return { ...openersOf({ url: standIn.url }), dispose: () => standIn.dispose() };
});

const url = process.env['TEST_MONGODB_URL'];
if (url !== undefined) {
  describeVaultEntries('the vault in MongoDB, on a server,', () => {
    const database = `cebe_test_${randomUUID().replaceAll('-', '')}`;
    const dispose = async (): Promise<void> => {
      const client = new MongoClient(url);
      await client.db(database).dropDatabase();
      await client.close();
    };
    return Promise.resolve({ ...openersOf({ url, database }), dispose });
  });
} else {
  describe('the vault in MongoDB, on a server, copied entry by entry,', () => {
    it.skip('is tested when TEST_MONGODB_URL names one; test/README.md says how to start one', () => undefined);
  });
}
