import { embeddedVaultPlace } from '../support/embedded-vault-place.js';
import { describeVault } from './vault.suite.js';

describeVault('the embedded vault', embeddedVaultPlace);
