import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { openMongodbVault } from '../../stores/vault/mongodb/mongodb-vault.js';
import type { VaultPlace } from '../contract/vault.suite.js';
import { testVaultKey } from './embedded-vault-place.js';
import { startMongoStandIn } from './mongo-stand-in.js';

/** A vault on a stand-in of its own. */
export async function mongoStandInVaultPlace(): Promise<VaultPlace> {
  const standIn = await startMongoStandIn();
  return { open: openerOf(standIn.url), dispose: () => standIn.dispose() };
}

/** A database of its own on the server at the URL, dropped in the end. */
export async function mongoServerVaultPlace(url: string): Promise<VaultPlace> {
  const database = `cebe_test_${randomUUID().replaceAll('-', '')}`;
  return {
    open: openerOf(url, database),
    dispose: async () => {
      const client = new MongoClient(url);
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
}

function openerOf(url: string, database?: string): VaultPlace['open'] {
  return ({ key = testVaultKey, version = 1 } = {}) =>
    openMongodbVault({ url, ...(database !== undefined && { database }), vaultKey: { version, key } });
}
