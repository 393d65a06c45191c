import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { suppressionReasons } from '../../contracts/events/suppression.events.js';
import type { JsonObject } from '../../contracts/json.js';
import type { SuppressionDocument } from '../../contracts/read-models/suppressions.port.js';
import type { Projection } from '../../runtime/projection.js';

/** Addresses that are never mailed, from what the engine, its users and modules said; an erasure leaves them. */
export const suppressionsProjection: Projection<SuppressionDocument & JsonObject> = {
  name: 'suppressions',
  version: 1,
  categories: ['suppression', 'customer'],
  handles: ['suppression.added', 'suppression.removed'],
  opensQuasi: false,
  indexes: [],
  keys(event) {
    const address = addressOf(event);
    return address === undefined ? [] : [`${event.stream.workspace}/${address}`];
  },
  evolve(document, event) {
    // Only the engine can record a removal.
    if (event.type === 'suppression.removed') return null;
    const reason = suppressionReasons.find((known) => known === event.data['reason']);
    const address_hash = addressOf(event);
    if (document !== null || reason === undefined || address_hash === undefined) return document;
    return { address_hash, reason, added_at: event.metadata.occurred_at };
  },
};

/** Streams of the list are named by the address; modules name it on the customer's. */
function addressOf({ stream, hashes }: DecodedEvent): string | undefined {
  return stream.category === 'suppression' ? stream.id : hashes['email'];
}
