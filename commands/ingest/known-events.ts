import { parseStreamName } from '../../contracts/events/streams.js';
import type { EventPin } from '../../stores/event-store/event-pins.port.js';
import type { EventStore, StoredAt } from '../../stores/event-store/event-store.port.js';

/** An event that is stored: where it stands, and whose it is, if it concerns a customer. */
export interface KnownEvent {
  readonly customerId: string | undefined;
  readonly at: StoredAt;
}

/** Where a pinned event stands in its stream; null when it was pinned but never appended (a crash between the two). */
export async function findPinned(eventStore: EventStore, pin: EventPin): Promise<KnownEvent | null> {
  const stream = parseStreamName(pin.stream);
  if (stream === null) return null;
  const customerId = stream.category === 'customer' ? stream.id : undefined;
  for await (const event of eventStore.readStream(pin.stream, { from: pin.after + 1n })) {
    if (event.id !== pin.event_id) continue;
    return { customerId, at: { id: event.id, revision: event.revision, position: event.position, duplicate: true } };
  }
  return null;
}
