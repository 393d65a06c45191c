import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import { lockDataFolder } from '../stores/embedded-folder.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import { openEmbeddedVault } from '../stores/vault/embedded/embedded-vault.js';
import type { Config } from './config.js';
import { dataFiles, openTogether, type Stores, type StoreWatches, vaultKeyOf } from './stores.js';
import { assertWholeFolder, type FolderFiles } from './whole-folder.js';

/** The files that belong together: a log is understood with its own vault only. */
export function boundFiles({ dataDir, vaultKey, vaultKeyFile }: Config): FolderFiles {
  const files = dataFiles(dataDir);
  const given = vaultKey !== undefined && vaultKey !== '';
  return { log: files.log, vault: files.vault, ...(!given && { vaultKey: vaultKeyFile ?? files.vaultKey }) };
}

/**
 * Opens the stores of the data folder, each in threads of its own and all at once.
 * Errors: `data_folder_locked`, `store_format_unsupported`, `vault_key_wrong`, `corrupt_event`,
 * `data_folder_incomplete` and `data_folder_mixed` (the log and the vault do not belong together).
 */
export async function openEmbeddedStores(config: Config, watches: StoreWatches): Promise<Stores> {
  const folder = lockDataFolder(config.dataDir);
  const opening = openTogether();
  const close = async (): Promise<void> => {
    await opening.close();
    folder.release();
  };
  try {
    const files = dataFiles(config.dataDir);
    assertWholeFolder(boundFiles(config));
    const vaultKey = await vaultKeyOf(config);
    const log = openEmbeddedEventStore({ file: files.log, watch: watches.log });
    const known = log.then(async ({ store }) => ({ id: store.id, head: await store.head() }));
    const logId = known.then(({ id }) => id);
    // Whoever waits for the log says that it was refused; a store that was refused before does not wait for it any more.
    logId.catch(() => undefined);
    let dropped: Pick<Stores, 'documentsDropped'> = {};
    const documents = openEmbeddedDocumentStore({
      file: files.documents,
      log: known,
      watch: watches.documents,
      onDropped: (why) => (dropped = { documentsDropped: why }),
    });
    const vault = openEmbeddedVault({ file: files.vault, vaultKey, log: logId, watch: watches.vault });
    for (const store of [documents, vault]) void opening.add<{ close(): Promise<void> }>(store, (opened) => opened.close());
    void opening.add(log, ({ store }) => store.close());
    const [{ store: eventStore, pins }, openVault, documentStore] = await Promise.all([log, vault, documents]);
    return {
      eventStore,
      pins,
      documentStore,
      vault: openVault,
      users: 'process',
      watches: Object.values(watches),
      ...dropped,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
