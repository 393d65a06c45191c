import { startEventStoreDbStandIn } from './eventstoredb-stand-in/stand-in.js';
import { startMongoStandIn } from './mongo-stand-in.js';

/** What an engine is told to use for its stores. */
export interface EnginePlace {
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

/** The kinds of stores that an engine runs on, for suites that hold on each. */
export const enginePlaces: readonly { readonly stores: string; readonly take: () => Promise<EnginePlace> }[] = [
  { stores: 'embedded stores', take: () => Promise.resolve({ env: {}, dispose: () => Promise.resolve() }) },
  { stores: 'stand-ins of both servers', take: takeStandIns },
];

async function takeStandIns(): Promise<EnginePlace> {
  const [log, documents] = await Promise.all([startEventStoreDbStandIn(), startMongoStandIn()]);
  return {
    env: { EVENTSTORE_URL: log.url, MONGODB_URL: documents.url },
    dispose: async () => {
      await Promise.all([log.close(), documents.dispose()]);
    },
  };
}
