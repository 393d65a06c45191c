import { beginCopy, finishCopy } from '../../stores/event-store/eventstoredb/copy-marks.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import type { VaultKey } from '../../stores/vault/key-wrapping.js';
import { openMongodbVaultEntries } from '../../stores/vault/mongodb/mongodb-vault-entries.js';
import type { ServersConfig } from '../config.js';
import type { CopySource } from './copy-source.js';
import type { CopyTarget } from './copy-target.js';

export interface ServerTargetOptions {
  readonly servers: ServersConfig;
  readonly vaultKey: VaultKey;
  readonly source: Pick<CopySource, 'storeId'>;
}

/**
 * Opens servers without events and keys, or with part of a copy of the same log, to be copied to. The log has an id of its own, since its events
 * stand at other positions. Errors: `target_not_empty`, `data_folder_mixed` (the vault is another log's), `vault_key_wrong`, `store_unavailable`.
 */
export async function openServerTarget({ servers, vaultKey, source }: ServerTargetOptions): Promise<CopyTarget> {
  const log = await openEventStoreDbEventStore({ connectionString: servers.eventStoreUrl, unfinishedCopy: 'accepted' });
  try {
    const vault = await openMongodbVaultEntries({ url: servers.mongodbUrl, vaultKey, log: Promise.resolve(log.id) });
    const close = async (): Promise<void> => {
      await vault.close();
      await log.close();
    };
    try {
      await beginCopy(log, source.storeId);
    } catch (error) {
      await close();
      throw error;
    }
    return { log, positions: 'opaque', vault, finish: () => finishCopy(log), close };
  } catch (error) {
    await log.close();
    throw error;
  }
}
