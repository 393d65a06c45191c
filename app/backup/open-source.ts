import { existsSync } from 'node:fs';
import { EngineError } from '../../contracts/errors.js';
import { lockDataFolder } from '../../stores/embedded-folder.js';
import { readEmbeddedLog } from '../../stores/event-store/embedded/read-embedded-log.js';
import { readEmbeddedVault } from '../../stores/vault/embedded/embedded-vault-entries.js';
import type { LoadedVaultKey } from '../../stores/vault/vault-key.js';
import type { Config, ServersConfig } from '../config.js';
import { dataFiles, vaultKeyOf } from '../stores.js';
import { assertWholeFolder, boundToAnother, isThere } from '../whole-folder.js';
import { type CopySource, storesAsSource } from './copy-source.js';
import { assertNoUnfinishedCopy } from './unfinished-copy.js';

/** Stores that something is copied from. */
export interface OpenedSource {
  readonly source: CopySource;
  /** Where the log ends now; no engine goes on meanwhile where it is the source's head still. */
  head(): Promise<bigint>;
  close(): Promise<void>;
}

/**
 * The log and vault of a data folder, whether an engine runs on it or not; with `lock` none may, and none starts meanwhile.
 * Errors: `engine_unreachable` (there is no log), `data_folder_locked`, `data_folder_incomplete`, `data_folder_mixed`, `copy_unfinished`.
 */
export async function openFolderSource(dataDir: string, lock: 'lock' | 'share'): Promise<OpenedSource> {
  const { log: logFile, vault } = dataFiles(dataDir);
  const files = { log: logFile, vault };
  assertNoUnfinishedCopy(dataDir);
  if (!isThere(files.log)) {
    const message = `Expected a log in ${dataDir}, found none; CEBE_DATA_DIR names another folder, EVENTSTORE_URL and MONGODB_URL servers`;
    throw new EngineError('engine_unreachable', message, { details: { folder: dataDir } });
  }
  const folder = lock === 'lock' ? lockDataFolder(dataDir) : null;
  try {
    assertWholeFolder(files);
    assertBelonging(files);
    const log = await readEmbeddedLog(files.log);
    return {
      source: await storesAsSource({ log, positions: 'counted', vault: readEmbeddedVault(files.vault) }),
      head: () => log.head(),
      async close() {
        await log.close();
        folder?.release();
      },
    };
  } catch (error) {
    folder?.release();
    throw error;
  }
}

function assertBelonging({ log, vault }: { readonly log: string; readonly vault: string }): void {
  const other = isThere(vault) ? boundToAnother({ log, vault }) : null;
  if (other === null) return;
  const { expected, found } = other;
  throw new EngineError('data_folder_mixed', `Expected the log ${expected} beside ${vault}, found the log ${found}`, {
    details: { expected, found },
  });
}

/** The log and vault on servers, beside the engines that use them. Errors: `vault_key_wrong`, `copy_unfinished`, `store_unavailable`. */
export async function openServerSource(servers: ServersConfig, vaultKey: LoadedVaultKey): Promise<OpenedSource> {
  const [{ openEventStoreDbEventStore }, { openMongodbVaultEntries }] = await Promise.all([
    import('../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js'),
    import('../../stores/vault/mongodb/mongodb-vault-entries.js'),
  ]);
  const log = await openEventStoreDbEventStore({ connectionString: servers.eventStoreUrl });
  try {
    const vault = await openMongodbVaultEntries({ url: servers.mongodbUrl, vaultKey, log: Promise.resolve(log.id) });
    return {
      source: await storesAsSource({ log, positions: 'opaque', vault }),
      head: () => log.head(),
      async close() {
        await vault.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** The vault key that is there; unlike a start, no copy makes one. Throws `vault_key_wrong`. */
export async function existingVaultKey(config: Config): Promise<LoadedVaultKey> {
  const { dataDir, vaultKey, vaultKeyFile } = config;
  const file = vaultKeyFile ?? dataFiles(dataDir).vaultKey;
  if ((vaultKey === undefined || vaultKey === '') && !existsSync(file)) {
    const message = `Expected the vault key in CEBE_VAULT_KEY or ${file}, found neither; it is in no backup: put the vault.key of the old data folder there`;
    throw new EngineError('vault_key_wrong', message);
  }
  return vaultKeyOf(config);
}
