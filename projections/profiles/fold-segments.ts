import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { ENGINE_SOURCE } from '../../contracts/events/sources.js';
import { profileId, type ProfileDocument, type SegmentMembership } from '../../contracts/read-models/profile.js';
import type { FieldChange } from '../../runtime/projection.js';

/** A live transition on the customer's own stream; those that other systems report change nothing here. */
export function foldTransition(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const { segment } = event.data;
  if (event.metadata.source !== ENGINE_SOURCE || typeof segment !== 'string') return profile;
  if (event.type === 'segment.exited') return without(profile, segment);
  return entered(profile, segment, membershipFrom(event, event.data.revision));
}

/** The part of an evaluation's chunk, which stands on the segment's stream, that concerns this customer. */
export function foldEvaluated(profile: ProfileDocument, event: DecodedEvent): ProfileDocument {
  const changes = changesOf(event);
  if (changes.exited.has(profile.customer_id)) return without(profile, event.stream.id);
  if (!changes.entered.has(profile.customer_id)) return profile;
  return entered(profile, event.stream.id, membershipFrom(event, event.data.segment_revision));
}

/** The customers whose membership an evaluation's chunk changes. */
export function changedMembers(event: DecodedEvent): readonly string[] {
  if (event.type !== 'segment.evaluated' || event.metadata.source !== ENGINE_SOURCE) return [];
  const { entered, exited } = changesOf(event);
  return [...entered, ...exited];
}

/** The same as a change of one field, alike in the profile of each of these customers. */
export function membershipChanges(event: DecodedEvent): readonly FieldChange[] {
  if (event.type !== 'segment.evaluated' || event.metadata.source !== ENGINE_SOURCE) return [];
  const { entered, exited } = changesOf(event);
  const keysOf = (ids: ReadonlySet<string>): readonly string[] => [...ids].map((id) => profileId(event.stream.workspace, id));
  const path = ['segments', event.stream.id];
  const value = membershipFrom(event, event.data.segment_revision);
  return [
    { keys: keysOf(exited), path },
    { keys: keysOf(entered), path, value },
  ].filter(({ keys }) => keys.length > 0);
}

interface Changes {
  readonly entered: ReadonlySet<string>;
  readonly exited: ReadonlySet<string>;
}

/** One chunk is folded into thousands of documents: its lists become sets once. */
const knownChanges = new WeakMap<DecodedEvent, Changes>();

function changesOf(event: DecodedEvent): Changes {
  const known = knownChanges.get(event);
  if (known !== undefined) return known;
  const changes = { entered: idsIn(event, 'entered'), exited: idsIn(event, 'exited') };
  knownChanges.set(event, changes);
  return changes;
}

function idsIn(event: DecodedEvent, field: 'entered' | 'exited'): ReadonlySet<string> {
  const ids = event.data[field];
  return new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []);
}

function membershipFrom(event: DecodedEvent, revision: unknown): SegmentMembership {
  const entered_at = event.metadata.occurred_at;
  return typeof revision === 'number' ? { entered_at, revision } : { entered_at };
}

function entered(profile: ProfileDocument, segment: string, membership: SegmentMembership): ProfileDocument {
  return { ...profile, segments: { ...profile.segments, [segment]: membership } };
}

function without(profile: ProfileDocument, segment: string): ProfileDocument {
  return { ...profile, segments: Object.fromEntries(Object.entries(profile.segments).filter(([id]) => id !== segment)) };
}
