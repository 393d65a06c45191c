import { openEmbeddedVaultEntries } from '../../stores/vault/embedded/embedded-vault-entries.js';
import { embeddedVaultPlace, testVaultKey } from '../support/embedded-vault-place.js';
import { describeVaultEntries } from './vault-entries.suite.js';

describeVaultEntries('the embedded vault', async () => {
  const place = await embeddedVaultPlace();
  return {
    ...place,
    entries: ({ key = testVaultKey } = {}) =>
      Promise.resolve(openEmbeddedVaultEntries({ file: place.file, vaultKey: { version: 1, key } })),
  };
});
