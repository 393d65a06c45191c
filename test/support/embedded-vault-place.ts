import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedVault } from '../../stores/vault/embedded/embedded-vault.js';
import type { VaultPlace } from '../contract/vault.suite.js';

/** The vault key that tests use unless they say otherwise. */
export const testVaultKey = new Uint8Array(32).fill(7);

/** A new folder with an embedded vault in it. */
export async function embeddedVaultPlace(): Promise<VaultPlace & { readonly file: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-vault-'));
  const file = join(folder, 'vault.sqlite');
  return {
    file,
    open: (options = {}) =>
      openEmbeddedVault({ file, vaultKey: { version: options.version ?? 1, key: options.key ?? testVaultKey } }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
