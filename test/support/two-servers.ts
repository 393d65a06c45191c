import { randomBytes } from 'node:crypto';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { openEventStoreDbEventStore } from '../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import type { CebeServers } from './cebe-process.js';
import { startEventStoreDbStandIn } from './eventstoredb-stand-in/stand-in.js';
import { startMongoStandIn } from './mongo-stand-in.js';
import { collect } from './new-events.js';

/** What can be done to a server whatever it is. */
export interface TroubledServer {
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** On the same port, with the data it had. */
  start(): Promise<void>;
  readonly freeze: () => void;
  readonly wake: () => void;
}

/** Both servers of the stores, for engines in processes of their own. */
export interface TwoServers {
  /** For the environment of an engine. */
  readonly env: CebeServers;
  readonly log: TroubledServer;
  readonly documents: TroubledServer;
  /** Every event that the log holds. */
  read(): Promise<readonly RecordedEvent[]>;
  close(): Promise<void>;
}

/** Starts stand-ins of both. */
export async function startTwoServers(): Promise<TwoServers> {
  const [log, documents] = await Promise.all([startEventStoreDbStandIn(), startMongoStandIn()]);
  return {
    env: { EVENTSTORE_URL: log.url, MONGODB_URL: documents.url, CEBE_VAULT_KEY: randomBytes(32).toString('base64') },
    log,
    documents: { ...documents, kill: () => documents.stop() },
    async read() {
      const store = await openEventStoreDbEventStore({ connectionString: log.url });
      try {
        return await collect(store.readAll({ after: BEFORE_FIRST }));
      } finally {
        await store.close();
      }
    },
    async close() {
      await Promise.all([log.close(), documents.dispose()]);
    },
  };
}
