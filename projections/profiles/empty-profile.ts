import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';

/** The profile of a customer of whom the event is the first. */
export function emptyProfile(event: DecodedEvent): ProfileDocument {
  return {
    customer_id: event.stream.id,
    revision: event.revision.toString(),
    first_seen_at: event.metadata.occurred_at,
    last_seen_at: event.metadata.occurred_at,
    attributes: {},
    direct: {},
    hashes: {},
    set_at: {},
    identifiers: [],
    events: {},
    segments: {},
    consent: {},
  };
}
