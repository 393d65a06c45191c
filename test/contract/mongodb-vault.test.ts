import { describe, it } from '@jest/globals';
import { mongoServerVaultPlace, mongoStandInVaultPlace } from '../support/mongodb-vault-place.js';
import { describeVault } from './vault.suite.js';

describeVault('MongoDB, on the stand-in,', mongoStandInVaultPlace);

const url = process.env['TEST_MONGODB_URL'];
if (url !== undefined) describeVault('MongoDB, on a server,', () => mongoServerVaultPlace(url));
else
  describe('MongoDB, on a server, as a vault', () => {
    it.skip('is tested when TEST_MONGODB_URL names one; test/README.md says how to start one', () => undefined);
  });
