import { join } from 'node:path';
import type { DocumentStore } from '../stores/document-store/document-store.port.js';
import type { EventPins } from '../stores/event-store/event-pins.port.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { createStoreWatch, type StoreWatch } from '../stores/store-watch.js';
import { type LoadedVaultKey, loadVaultKey } from '../stores/vault/vault-key.js';
import type { Vault } from '../stores/vault/vault.port.js';
import type { Config } from './config.js';

/** The stores of a process; whoever holds them does not know which kind they are. */
export interface Stores {
  readonly eventStore: EventStore;
  readonly pins: EventPins;
  readonly documentStore: DocumentStore;
  readonly vault: Vault;
  /** `process`: a lock keeps others out, so that a restart is the only one that comes after. `many`: other processes may use them too. */
  readonly users: 'process' | 'many';
  /** Whether each of them works. */
  readonly watches: readonly StoreWatch[];
  /** Why all documents were dropped when they were opened, to be folded again from the log. */
  readonly documentsDropped?: 'of_another_log' | 'ahead_of_the_log';
  /** Closes all, the log last, and lets go of the data folder. */
  close(): Promise<void>;
}

/** What tells of each store whether it works, also while it is being opened. */
export interface StoreWatches {
  readonly log: StoreWatch;
  readonly documents: StoreWatch;
  readonly vault: StoreWatch;
  /** Of the pins on servers: while they are rebuilt ingest answers 429, and the engine is ready for all else. */
  readonly pins: StoreWatch;
}

/** The watches of a process. */
export function createStoreWatches(): StoreWatches {
  return {
    log: createStoreWatch('log'),
    documents: createStoreWatch('documents'),
    vault: createStoreWatch('vault'),
    pins: createStoreWatch('pins'),
  };
}

/** Where the parts of a data folder are; with servers, only what belongs to this process is there. */
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

/** The key of the configuration's vault, made at the first start where none is named. Errors: `vault_key_wrong`. */
export function vaultKeyOf({ dataDir, vaultKey, vaultKeyFile }: Config): Promise<LoadedVaultKey> {
  const files = dataFiles(dataDir);
  const env = { CEBE_VAULT_KEY: vaultKey, CEBE_VAULT_KEY_FILE: vaultKeyFile };
  return loadVaultKey({ env, file: files.vaultKey, vaultFile: files.vault });
}

/** Opens what may take its time beside each other; `close` ends all that came to be open, those named first, first. */
export function openTogether() {
  const closings: Promise<() => Promise<void>>[] = [];
  return {
    add<Opened>(opening: Promise<Opened>, close: (opened: Opened) => Promise<void>): Promise<Opened> {
      closings.push(opening.then((opened) => () => close(opened)));
      return opening;
    },
    async close(): Promise<void> {
      for (const opened of await Promise.allSettled(closings)) if (opened.status === 'fulfilled') await opened.value();
    },
  };
}
