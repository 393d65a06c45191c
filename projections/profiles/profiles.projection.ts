import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { Measure } from '../../contracts/events/event-contract.js';
import { ENGINE_SOURCE } from '../../contracts/events/sources.js';
import type { JsonObject } from '../../contracts/json.js';
import { profileId, type ProfileDocument } from '../../contracts/read-models/profile.js';
import { zoneCalendar } from '../../domain/calendar/zone-calendar.js';
import type { Projection } from '../../runtime/projection.js';
import { emptyProfile } from './empty-profile.js';
import { foldAttributes } from './fold-attributes.js';
import { foldConsent } from './fold-consent.js';
import { foldCounters } from './fold-counters.js';
import { foldIdentifiers } from './fold-identifiers.js';
import { foldLink, linkedCustomer } from './fold-links.js';
import { changedMembers, foldEvaluated, foldTransition, membershipChanges } from './fold-segments.js';

/** Events whose own values a profile shows; of all others it takes what is never sealed. */
const attributeEvents: ReadonlySet<string> = new Set(['customer.created', 'customer.updated']);

/** What the engine notes on a customer's stream beside what happened. */
const noted: ReadonlySet<string> = new Set([
  'customer.identified',
  'customer.merge_held',
  'customer.merged',
  'customer.reopened',
  'customer.unmerged',
]);

/** What the fold takes from outside; both must give the same answers for as long as the documents live, else they are rebuilt. */
export interface ProfilesOptions {
  /** The workspace's IANA time zone; `shared` is what the decisions of the projection's reactor share at the event. */
  readonly zoneOf: (workspace: string, shared: JsonObject) => string;
  /** What day buckets sum of an event type. */
  readonly measuresOf: (eventType: string) => readonly Measure[];
}

/** One profile for each customer id, from the customer's stream and from what evaluations say about membership. */
export function createProfilesProjection({ zoneOf, measuresOf }: ProfilesOptions): Projection<ProfileDocument> {
  return {
    name: 'profiles',
    version: 2,
    // Beside what profiles show: what their reactor has to know in log order.
    categories: ['access', 'customer', 'import', 'segment'],
    handles: '*',
    opensQuasi: attributeEvents,
    indexes: [
      { name: 'email', paths: [['hashes', 'email']] },
      { name: 'phone', paths: [['hashes', 'phone']] },
      { name: 'external_id', paths: [['hashes', 'external_id']] },
    ],
    keys(event) {
      const { category, workspace, id } = event.stream;
      if (category === 'customer') {
        const other = linkedCustomer(event);
        return other === undefined || other === id
          ? [profileId(workspace, id)]
          : [profileId(workspace, id), profileId(workspace, other)];
      }
      return changedMembers(event).map((customerId) => profileId(workspace, customerId));
    },
    evolve(profile, event, key, shared = {}) {
      if (event.stream.category !== 'customer') return profile === null ? null : foldEvaluated(profile, event);
      if (key !== profileId(event.stream.workspace, event.stream.id)) return profile === null ? null : foldLink(profile, event);
      return foldOwn(profile, event, { measuresOf, zone: zoneOf(event.stream.workspace, shared) });
    },
    changes: membershipChanges,
  };
}

type FoldOptions = Pick<ProfilesOptions, 'measuresOf'> & { readonly zone: string };

function foldOwn(profile: ProfileDocument | null, event: DecodedEvent, options: FoldOptions): ProfileDocument | null {
  if (event.type === 'customer.erased') return null;
  // No profile behind the stream's first event means that it was erased, which is final until the customer is reopened.
  if (profile === null && event.revision > 0n && event.type !== 'customer.reopened') return null;
  const base = seen(profile ?? emptyProfile(event), event);
  const folded = foldFacts(base, event);
  if (isBookkeeping(event)) return folded;
  const calendar = zoneCalendar(options.zone);
  return foldCounters(folded, event, { calendar, measures: options.measuresOf(event.type) });
}

function seen(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const revision = event.revision.toString();
  if (event.metadata.source === ENGINE_SOURCE) return { ...profile, revision };
  const at = event.metadata.occurred_at;
  const first_seen_at = at < profile.first_seen_at ? at : profile.first_seen_at;
  const last_seen_at = at > profile.last_seen_at ? at : profile.last_seen_at;
  return { ...profile, revision, first_seen_at, last_seen_at };
}

function foldFacts(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  switch (event.type) {
    case 'customer.created':
    case 'customer.updated':
      return foldAttributes(profile, event);
    case 'customer.identified':
      return foldIdentifiers(profile, event);
    case 'consent.granted':
    case 'consent.withdrawn':
      return foldConsent(profile, event);
    case 'customer.merged':
    case 'customer.unmerged':
      return foldLink(profile, event);
    case 'segment.entered':
    case 'segment.exited':
      return foldTransition(profile, event);
  }
  return profile;
}

/** What the engine notes about a customer without anything having happened to them; not counted. */
function isBookkeeping(event: DecodedEvent): boolean {
  if (event.metadata.source !== ENGINE_SOURCE) return false;
  return event.type.startsWith('segment.') || noted.has(event.type);
}
