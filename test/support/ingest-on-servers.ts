import type { IngestAnswer } from '../../commands/ingest/receipts.js';
import { openMongodbDocumentStore } from '../../stores/document-store/mongodb/open-mongodb-document-store.js';
import { createDocumentEventPins, type DocumentEventPins } from '../../stores/event-store/document-event-pins.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import { openMongodbVault } from '../../stores/vault/mongodb/mongodb-vault.js';
import { testVaultKey } from './embedded-vault-place.js';
import { ingestOn, ingestRequest } from './ingest.js';

/** One of several processes that ingest into the same servers. */
export interface IngestNode {
  readonly eventStore: EventStore;
  readonly pins: DocumentEventPins;
  readonly differingBodies: () => number;
  push(events: readonly unknown[]): Promise<IngestAnswer>;
  close(): Promise<void>;
}

export interface Servers {
  readonly eventStoreUrl: string;
  readonly mongodbUrl: string;
  /** Of the documents; the vault stands beside it. */
  readonly database: string;
}

/** Connects to the servers, with caches of its own. */
export async function openIngestNode({ eventStoreUrl, mongodbUrl, database }: Servers): Promise<IngestNode> {
  const eventStore = await openEventStoreDbEventStore({ connectionString: eventStoreUrl });
  const documentStore = await openMongodbDocumentStore({ url: mongodbUrl, database });
  const vault = await openMongodbVault({
    url: mongodbUrl,
    database: `${database}_vault`,
    vaultKey: { version: 1, key: testVaultKey },
    log: Promise.resolve(eventStore.id),
  });
  const pins = await createDocumentEventPins({ documentStore, eventStore, patienceMs: 60_000 });
  const counts = { differing: 0, violations: 0 };
  const ingest = ingestOn({ eventStore, pins, vault }, { counts });
  return {
    eventStore,
    pins,
    differingBodies: () => counts.differing,
    push: (events) => ingest(ingestRequest(events)),
    async close() {
      await pins.close();
      await documentStore.close();
      await vault.close();
      await eventStore.close();
    },
  };
}
