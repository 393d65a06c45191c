import type { EventPins } from '../event-pins.port.js';
import type { EventStore } from '../event-store.port.js';
import type { StoreWatch } from '../../store-watch.js';
import { AppendQueue } from './append-queue.js';
import { createEmbeddedEventStore } from './embedded-event-store.js';
import { createEmbeddedEventPins } from './embedded-event-pins.js';
import { LiveEvents } from './live-events.js';
import { ReadClient } from './read-client.js';

export interface EmbeddedEventStoreOptions {
  /** Path of the log, `log.sqlite` in the data folder; made when absent. One process at a time (see `lockDataFolder`). */
  readonly file: string;
  /** How many events wait in memory to be entered into the lookup tables together; 32,768 unless said otherwise. */
  readonly segmentEvents?: number;
  /** The id of the log if it is made: that of the log whose copy it becomes, event by event. A new one unless said otherwise. */
  readonly newStoreId?: string;
  /** Is told when appends fail and when they are taken again, and when a thread is lost. */
  readonly watch?: StoreWatch;
}

/** An open embedded event store. */
export interface OpenedEventStore {
  readonly store: EventStore;
  readonly pins: EventPins;
}

/**
 * Opens the log, whatever its last process did, without scanning it. Errors: `store_format_unsupported`, `corrupt_event` (the file
 * or its newest events are damaged), `store_unavailable`.
 */
export async function openEmbeddedEventStore(options: EmbeddedEventStoreOptions): Promise<OpenedEventStore> {
  const { file, segmentEvents, newStoreId, watch } = options;
  const live = new LiveEvents(-1);
  const queue = new AppendQueue(
    { file, ...(segmentEvents !== undefined && { segmentEvents }), ...(newStoreId !== undefined && { newStoreId }) },
    {
      onCommitted: (next) => {
        live.publish(next - 1);
      },
      watch,
    },
  );
  let client: ReadClient | undefined;
  try {
    const { storeId, next } = await queue.opened;
    live.head = next - 1;
    client = new ReadClient(file, watch);
    await client.opened;
    const store = createEmbeddedEventStore({ id: storeId, queue, client, live });
    return { store, pins: createEmbeddedEventPins(client) };
  } catch (error) {
    await client?.abandon();
    await queue.abandon();
    throw error;
  }
}
