import { join } from 'node:path';
import { lockDataFolder } from '../stores/embedded-folder.js';
import { openEmbeddedDocumentStore } from '../stores/document-store/embedded/open-embedded-document-store.js';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';
import { openEmbeddedEventStore } from '../stores/event-store/embedded/open-embedded-event-store.js';
import type { EventPins } from '../stores/event-store/event-pins.port.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { openEmbeddedVault } from '../stores/vault/embedded/embedded-vault.js';
import { loadVaultKey } from '../stores/vault/vault-key.js';
import type { Vault } from '../stores/vault/vault.port.js';
import { createStoreWatch, type StoreWatch } from '../stores/store-watch.js';
import type { Config } from './config.js';
import { assertWholeFolder, type FolderFiles } from './whole-folder.js';

/** The stores of a process; whoever holds them does not know which kind they are. */
export interface Stores {
  readonly eventStore: EventStore;
  readonly pins: EventPins;
  readonly documentStore: DocumentStore;
  readonly vault: Vault;
  /** False when the last process on them did not end by itself. */
  readonly closedCleanly: boolean;
  /** Whether each of them works. */
  readonly watches: readonly StoreWatch[];
  /** Why all documents were dropped when they were opened, to be folded again from the log. */
  readonly documentsDropped?: 'of_another_log' | 'ahead_of_the_log';
  /** Closes all, the log last, and lets go of the data folder. */
  close(): Promise<void>;
}

/** Where the parts of an embedded data folder are. */
export function dataFiles(dataDir: string) {
  const file = (name: string): string => join(dataDir, name);
  return {
    log: file('log.sqlite'),
    documents: file('documents.sqlite'),
    vault: file('vault.sqlite'),
    vaultKey: file('vault.key'),
    outbox: file('outbox'),
  } as const;
}

/** The files that belong together: a log is understood with its own vault only. */
export function boundFiles({ dataDir, vaultKey, vaultKeyFile }: Config): FolderFiles {
  const files = dataFiles(dataDir);
  const given = vaultKey !== undefined && vaultKey !== '';
  return { log: files.log, vault: files.vault, ...(!given && { vaultKey: vaultKeyFile ?? files.vaultKey }) };
}

/**
 * Opens the stores that the configuration names, each in threads of its own and all at once.
 * Errors: `data_folder_locked`, `store_format_unsupported`, `vault_key_wrong`, `corrupt_event`,
 * `data_folder_incomplete` and `data_folder_mixed` (the log and the vault do not belong together).
 */
export async function openStores(config: Config): Promise<Stores> {
  const folder = lockDataFolder(config.dataDir);
  const closings: Promise<() => Promise<void>>[] = [];
  const close = async (): Promise<void> => {
    for (const opened of await Promise.allSettled(closings)) if (opened.status === 'fulfilled') await opened.value();
    folder.release();
  };
  try {
    const files = dataFiles(config.dataDir);
    assertWholeFolder(boundFiles(config));
    const env = { CEBE_VAULT_KEY: config.vaultKey, CEBE_VAULT_KEY_FILE: config.vaultKeyFile };
    const vaultKey = await loadVaultKey({ env, file: files.vaultKey, vaultFile: files.vault });
    const watches = {
      log: createStoreWatch('log'),
      documents: createStoreWatch('documents'),
      vault: createStoreWatch('vault'),
    };
    const log = openEmbeddedEventStore({ file: files.log, watch: watches.log });
    const known = log.then(async ({ store }) => ({ id: store.id, head: await store.head() }));
    const logId = known.then(({ id }) => id);
    // Whoever waits for the log says that it was refused; a store that was refused before does not wait for it any more.
    logId.catch(() => undefined);
    const vault = openEmbeddedVault({ file: files.vault, vaultKey, log: logId, watch: watches.vault });
    let dropped: Pick<Stores, 'documentsDropped'> = {};
    const documents = openEmbeddedDocumentStore({
      file: files.documents,
      log: known,
      watch: watches.documents,
      onDropped: (why) => (dropped = { documentsDropped: why }),
    });
    closings.push(...[documents, vault, log.then(({ store }) => store)].map((store) => closingOf(store)));
    const [{ store: eventStore, pins, closedCleanly }, openVault, documentStore] = await Promise.all([log, vault, documents]);
    return {
      eventStore,
      pins,
      documentStore,
      vault: openVault,
      closedCleanly,
      watches: Object.values(watches),
      ...dropped,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closingOf(opening: Promise<{ close(): Promise<void> }>): Promise<() => Promise<void>> {
  const store = await opening;
  return () => store.close();
}
