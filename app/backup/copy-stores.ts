import { EngineError } from '../../contracts/errors.js';
import { createKeyWrapping, opensCheckValue, type VaultKey } from '../../stores/vault/key-wrapping.js';
import { copyLog, type CopyLogOptions, type LogDigest } from './copy-log.js';
import type { CopySource } from './copy-source.js';
import type { CopyTarget } from './copy-target.js';
import { createErasures } from './erasures.js';
import { walkedLog } from './portable-event.js';
import { createVaultDigest, type VaultSummary } from './vault-digest.js';

/** What was copied and found again in the target. */
export interface CopyReport {
  readonly log: LogDigest;
  readonly vault: VaultSummary;
}

/** Refuses, with `vault_key_wrong`, a vault key that does not open what the source holds; nothing is changed. */
export async function assertVaultKey({ vault }: CopySource, vaultKey: VaultKey & { readonly from: string }): Promise<void> {
  const wrapping = createKeyWrapping(vaultKey);
  const versions: number[] = [];
  for await (const entries of vault.exportEntries()) {
    for (const entry of entries) {
      if (entry.kind !== 'check') continue;
      versions.push(entry.version);
      if (entry.version === wrapping.version && opensCheckValue(wrapping, entry.wrapped)) return;
    }
    break;
  }
  throw new EngineError(
    'vault_key_wrong',
    `Expected the vault key (version ${versions.join(', ')}) that the copied vault was made with, found another one in ${vaultKey.from}; the key is in no backup: put the vault.key of the old data folder there, or set CEBE_VAULT_KEY`,
  );
}

/**
 * Copies a log and its vault and compares the copy by count and hash; of whom the log says that they were erased, no key is left. Cut off at any point, it goes on when it is called again with the same source.
 * Errors: `copy_differs`, `vault_key_wrong`, `data_folder_mixed`, and those of the stores.
 */
export async function copyStores(source: CopySource, target: CopyTarget, options: CopyLogOptions): Promise<CopyReport> {
  const erasures = createErasures();
  const log = await copyLog(
    erasures.watch(source.events()),
    { ...walkedLog(target.log, target.positions), log: target.log },
    options,
  );
  const copied = createVaultDigest();
  for await (const exported of source.vault.exportEntries()) {
    options.signal.throwIfAborted();
    const entries = erasures.applied(exported);
    copied.add(entries);
    await target.vault.importEntries(entries);
  }
  const found = createVaultDigest();
  for await (const entries of target.vault.exportEntries()) found.add(entries);
  const [vault, there] = [copied.summary(), found.summary()];
  if (vault.entries !== there.entries || vault.sha256 !== there.sha256) {
    throw new EngineError(
      'copy_differs',
      `Expected the ${vault.entries} entries of the copied vault in its copy, found ${vault.entries === there.entries ? 'as many, but not the same ones' : there.entries}; begin again with an empty target`,
      { details: { expected: vault.entries, found: there.entries } },
    );
  }
  await target.finish();
  return { log, vault };
}
