import { openMongodbVaultEntries } from '../../stores/vault/mongodb/mongodb-vault-entries.js';
import { openMongodbVault } from '../../stores/vault/mongodb/mongodb-vault.js';
import { testVaultKey } from '../support/embedded-vault-place.js';
import { startMongoStandIn } from '../support/mongo-stand-in.js';
import { describeVaultEntries } from './vault-entries.suite.js';

describeVaultEntries('the vault in MongoDB, on the stand-in,', async () => {
  const standIn = await startMongoStandIn();
  const { url } = standIn;
  return {
    open: () => openMongodbVault({ url, vaultKey: { version: 1, key: testVaultKey } }),
    entries: ({ key = testVaultKey } = {}) => openMongodbVaultEntries({ url, vaultKey: { version: 1, key } }),
    dispose: () => standIn.dispose(),
  };
});
