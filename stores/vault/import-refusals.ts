import { EngineError } from '../../contracts/errors.js';
import { type KeyWrapping, opensCheckValue } from './key-wrapping.js';
import type { VaultEntry } from './vault-entries.port.js';

/** Refuses (`vault_key_wrong`) entries that the vault key of this version did not wrap. */
export function assertChecks(entries: readonly VaultEntry[], wrapping: KeyWrapping): void {
  for (const entry of entries) {
    if (entry.kind !== 'check' || entry.version !== wrapping.version || opensCheckValue(wrapping, entry.wrapped)) continue;
    const message = `expected the vault key (version ${String(entry.version)}) that wrapped the entries, found another one`;
    throw new EngineError('vault_key_wrong', message);
  }
}

/** What a vault is refused with that has something of its own where entries are to be copied. */
export function anotherVault(what: string): EngineError {
  const message = `expected a vault that holds nothing or a part of what is copied, found ${what} of its own`;
  return new EngineError('data_folder_mixed', message);
}
