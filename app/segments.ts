import { createMembershipReactor } from '../commands/segments/membership.reactor.js';
import { zoneIn } from '../commands/segments/shared-segments.js';
import { findContract } from '../contracts/events/registry.js';
import { createProfilesProjection } from '../projections/profiles/profiles.projection.js';
import { segmentsProjection } from '../projections/segments/segments.projection.js';
import type { ProjectionEntry } from '../runtime/slot.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { changedZones } from './zones.js';

/** Profiles with the reactor that moves customers in and out of segments; a generation counts days in the zones it began with. */
export function profilesEntry(options: { readonly eventStore: EventStore; readonly fallbackZone: string }): ProjectionEntry {
  const { eventStore, fallbackZone } = options;
  const projection = createProfilesProjection({
    zoneOf: (workspace, shared) => zoneIn(shared, workspace) ?? fallbackZone,
    measuresOf: (type) => findContract(type)?.measures ?? [],
  });
  // A processor hands projection and reactor only documents and states that they made themselves.
  return {
    projection,
    reactor: createMembershipReactor({ fallbackZone }),
    basis: () => changedZones(eventStore),
  };
}

/** The segments, derived from what the reactor of the profiles says. */
export const segmentsEntry: ProjectionEntry = {
  projection: segmentsProjection,
  upstream: 'profiles',
};
