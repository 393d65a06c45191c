import { BEFORE_FIRST, type RecordedEvent } from '../../../contracts/events/event.js';
import { EngineError } from '../../../contracts/errors.js';
import type { EventStore } from '../event-store.port.js';
import { identityEvent, unfinishedCopyOf } from './store-identity.js';
import { identityStream } from './wire-events.js';

/**
 * Notes in a log without events that it becomes a copy of another one; from then on no engine opens it until `finishCopy`. A copy of the same
 * log that was begun is gone on with. Errors: `target_not_empty`, and those of the store.
 */
export async function beginCopy(store: EventStore, of: string): Promise<void> {
  const events = await identityOf(store);
  const begun = unfinishedCopyOf(events);
  if (begun === of) return;
  if (begun !== null || (await store.head()) !== BEFORE_FIRST) {
    const found = begun === null ? 'events' : `part of a copy of the log ${begun}`;
    throw new EngineError(
      'target_not_empty',
      `Expected an EventStoreDB without events of CEBE, found ${found}; name an empty one (EVENTSTORE_URL)`,
    );
  }
  await store.append(identityStream, events.at(-1)?.revision ?? 'no_stream', [identityEvent('store.copy_begun', { of })]);
}

/** Notes that the log holds all of what it is a copy of. */
export async function finishCopy(store: EventStore): Promise<void> {
  const events = await identityOf(store);
  if (unfinishedCopyOf(events) === null) return;
  await store.append(identityStream, events.at(-1)?.revision ?? 'no_stream', [identityEvent('store.copy_finished')]);
}

async function identityOf(store: EventStore): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(identityStream)) events.push(event);
  return events;
}
