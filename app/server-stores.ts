import { mkdir } from 'node:fs/promises';
import { openMongodbDocumentStore } from '../stores/document-store/mongodb/open-mongodb-document-store.js';
import { createDocumentEventPins } from '../stores/event-store/document-event-pins.js';
import { checkConnectionString } from '../stores/event-store/eventstoredb/connection.js';
import { openEventStoreDbEventStore } from '../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { failFast, isAway } from '../stores/fail-fast.js';
import { checkMongodbUrl } from '../stores/mongodb/connection.js';
import { openMongodbVault } from '../stores/vault/mongodb/mongodb-vault.js';
import type { StoreWatch } from '../stores/store-watch.js';
import type { Config, ServersConfig } from './config.js';
import { openTogether, type Stores, type StoreWatches, vaultKeyOf } from './stores.js';

/**
 * Connects to the servers; the data folder holds only what belongs to this process. Errors: `store_unavailable` and `store_timeout` (a
 * server that is away: try again), `config_invalid` (a connection string), `vault_key_wrong`, `data_folder_mixed`
 * (documents or a vault of another log).
 */
export async function openServerStores(config: Config, servers: ServersConfig, watches: StoreWatches): Promise<Stores> {
  // Before anything is made anywhere.
  checkConnectionString(servers.eventStoreUrl);
  checkMongodbUrl(servers.mongodbUrl);
  await mkdir(config.dataDir, { recursive: true });
  const vaultKey = await vaultKeyOf(config);
  const opening = openTogether();
  let away: (reason: string) => void = () => undefined;
  const log = openEventStoreDbEventStore({ connectionString: servers.eventStoreUrl, onAway: (reason) => away(reason) });
  const known = log.then((store) => ({ id: store.id, end: () => store.end() }));
  const logId = known.then(({ id }) => id);
  logId.catch(() => undefined);
  const documents = openMongodbDocumentStore({ url: servers.mongodbUrl, log: known });
  const vault = openMongodbVault({ url: servers.mongodbUrl, vaultKey, log: logId, watch: watches.vault });
  for (const store of [documents, vault, log]) {
    void opening.add<{ close(): Promise<void> }>(store, (opened) => opened.close());
  }
  try {
    const [eventStore, openVault, documentStore] = await Promise.all([
      telling(log, watches.log),
      telling(vault, watches.vault),
      telling(documents, watches.documents),
    ]);
    const guardedLog = failFast(eventStore, {
      watch: watches.log,
      probe: (store) => store.head(),
      iterables: ['readStream', 'readAll'],
      patient: ['subscribe'],
    });
    away = guardedLog.away;
    const guardedDocuments = failFast(documentStore, {
      watch: watches.documents,
      probe: (store) => store.writeCheckpoint('probe', 0n),
    });
    const guardedVault = failFast(openVault, { watch: watches.vault });
    const pins = await createDocumentEventPins({
      documentStore: guardedDocuments.store,
      eventStore: guardedLog.store,
      watch: watches.pins,
    });
    return {
      eventStore: guardedLog.store,
      pins,
      documentStore: guardedDocuments.store,
      vault: guardedVault.store,
      users: 'many',
      watches: [watches.log, watches.documents, watches.vault],
      async close() {
        await pins.close();
        for (const guarded of [guardedDocuments, guardedVault, guardedLog]) guarded.stop();
        await opening.close();
      },
    };
  } catch (error) {
    await opening.close();
    throw error;
  }
}

/** Also a server that is away at the start is shown, and since when. */
async function telling<Opened>(opening: Promise<Opened>, watch: StoreWatch): Promise<Opened> {
  try {
    const opened = await opening;
    watch.works();
    return opened;
  } catch (error) {
    if (isAway(error)) watch.failed(error.message);
    throw error;
  }
}
