import type { EventStore } from '../event-store.port.js';
import { readAllEvents } from './event-reads.js';
import { peekLog } from './peek-log.js';
import { ReadClient } from './read-client.js';

/**
 * Opens a log that exists for reading only, also while an engine appends to it: nothing is locked, made or changed. It ends where the log
 * ended when it was opened. Errors: `store_format_unsupported`, `corrupt_event`, `store_unavailable`.
 */
export async function readEmbeddedLog(file: string): Promise<Pick<EventStore, 'id' | 'head' | 'readAll' | 'close'>> {
  const { id, events } = peekLog(file);
  const client = new ReadClient(file);
  try {
    await client.opened;
  } catch (error) {
    await client.abandon();
    throw error;
  }
  const end = { head: events - 1 };
  return {
    id,
    head: () => Promise.resolve(BigInt(end.head)),
    readAll: (options) => readAllEvents(client, end, options),
    close: () => client.close(),
  };
}
