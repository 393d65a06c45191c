import { parseStreamName } from '../../contracts/events/streams.js';
import type { EventPin } from '../../stores/event-store/event-pins.port.js';
import type { EventStore, StoredAt } from '../../stores/event-store/event-store.port.js';

/** A repeat of an event that is stored: where it stands, and whose it is. */
export interface KnownEvent {
  readonly customerId: string;
  readonly at: StoredAt;
}

/** Where a pinned event stands in its stream; null when it was pinned but never appended (a crash between the two). */
export async function findPinned(eventStore: EventStore, pin: EventPin): Promise<KnownEvent | null> {
  const customerId = parseStreamName(pin.stream)?.id;
  if (customerId === undefined) return null;
  for await (const event of eventStore.readStream(pin.stream, { from: pin.after + 1n })) {
    if (event.id !== pin.event_id) continue;
    return { customerId, at: { id: event.id, revision: event.revision, position: event.position, duplicate: true } };
  }
  return null;
}
