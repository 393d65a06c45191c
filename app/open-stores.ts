import type { Config } from './config.js';
import { openEmbeddedStores } from './embedded-stores.js';
import { createStoreWatches, type Stores, type StoreWatches } from './stores.js';

/** Opens the stores that the configuration names: servers when it names both of them, else those of the data folder. Errors: those of either. */
export async function openStores(config: Config, watches: StoreWatches = createStoreWatches()): Promise<Stores> {
  if (config.servers === undefined) return openEmbeddedStores(config, watches);
  const { openServerStores } = await import('./server-stores.js');
  return openServerStores(config, config.servers, watches);
}
