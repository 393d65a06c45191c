import { EngineError } from '../../contracts/errors.js';
import { lockDataFolder } from '../../stores/embedded-folder.js';
import { openEmbeddedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';
import { openEmbeddedVaultEntries } from '../../stores/vault/embedded/embedded-vault-entries.js';
import type { VaultKey } from '../../stores/vault/key-wrapping.js';
import { dataFiles } from '../stores.js';
import { isThere } from '../whole-folder.js';
import type { CopySource } from './copy-source.js';
import type { CopyTarget } from './copy-target.js';
import { beginCopy, finishCopy, unfinishedCopyOf } from './unfinished-copy.js';

export interface EmbeddedTargetOptions {
  readonly dataDir: string;
  readonly vaultKey: VaultKey;
  readonly source: Pick<CopySource, 'storeId' | 'positions'>;
}

/**
 * Opens a data folder without a log and a vault, or with part of a copy of the same log, to be copied to. The log keeps its id where its events
 * keep their positions. Errors: `target_not_empty`, `data_folder_locked`, `vault_key_wrong`.
 */
export async function openEmbeddedTarget({ dataDir, vaultKey, source }: EmbeddedTargetOptions): Promise<CopyTarget> {
  const folder = lockDataFolder(dataDir);
  const closings: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closings.reverse()) await one();
    folder.release();
  };
  try {
    const files = dataFiles(dataDir);
    await assertEmptyOrOf(source.storeId, { dataDir, files: [files.log, files.vault] });
    const { store } = await openEmbeddedEventStore({
      file: files.log,
      ...(source.positions === 'counted' && { newStoreId: source.storeId }),
    });
    closings.push(() => store.close());
    const vault = openEmbeddedVaultEntries({ file: files.vault, vaultKey });
    closings.push(() => vault.close());
    return { log: store, positions: 'counted', vault, finish: () => finishCopy(dataDir), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function assertEmptyOrOf(
  storeId: string,
  { dataDir, files }: { readonly dataDir: string; readonly files: readonly string[] },
): Promise<void> {
  const begun = unfinishedCopyOf(dataDir);
  if (begun === storeId) return;
  const found = begun === null ? files.filter(isThere) : [`part of a copy of the log ${begun}`];
  if (found.length === 0) {
    await beginCopy(dataDir, storeId);
    return;
  }
  throw new EngineError(
    'target_not_empty',
    `Expected neither a log nor a vault in ${dataDir}, found ${found.join(' and ')}; name an empty folder (CEBE_DATA_DIR), or move these away`,
    { details: { folder: dataDir, found } },
  );
}
