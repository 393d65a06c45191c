import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { ProfileDocument, ProfileIdentifier } from '../../contracts/read-models/profile.js';
import { mergeIdentifiers, withAddresses } from '../../domain/customer/addresses.js';
import { ownValue } from '../../domain/own-value.js';

/** Adds the identifiers that `customer.identified` records, each with where its value can be opened. */
export function foldIdentifiers(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const named = Object.entries(event.hashes).map(([kind, hash]): ProfileIdentifier => {
    const reference = ownValue(event.direct, kind);
    const identifier = { kind, hash, at: event.metadata.occurred_at, revision: event.revision.toString() };
    return reference === undefined ? identifier : { ...identifier, reference };
  });
  return withAddresses({ ...profile, identifiers: mergeIdentifiers(profile.identifiers, named) });
}
