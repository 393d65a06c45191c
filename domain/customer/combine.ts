import { canonicalJson } from '../../contracts/canonical-json.js';
import type { Json } from '../../contracts/json.js';
import type { ConsentEntry, EventCounters, ProfileDocument, SegmentMembership } from '../../contracts/read-models/profile.js';
import { stricterConsent } from '../consent/consent-entry.js';
import { ownValue } from '../own-value.js';
import { mergeIdentifiers, withAddresses } from './addresses.js';

import { mergeCounters } from './event-counters.js';

/**
 * Two profiles of one person as one: commutative and associative, so that a cluster's profile does not depend on the order of its members.
 * Each field is as it was set last; counts add up; the stricter consent holds.
 */
export function combine(a: ProfileDocument, b: ProfileDocument): ProfileDocument {
  return withAddresses({
    customer_id: a.customer_id < b.customer_id ? a.customer_id : b.customer_id,
    revision: BigInt(a.revision) > BigInt(b.revision) ? a.revision : b.revision,
    first_seen_at: a.first_seen_at < b.first_seen_at ? a.first_seen_at : b.first_seen_at,
    last_seen_at: a.last_seen_at > b.last_seen_at ? a.last_seen_at : b.last_seen_at,
    ...combineFields(a, b),
    identifiers: mergeIdentifiers(a.identifiers, b.identifiers),
    events: mergeRecords<EventCounters>(a.events, b.events, mergeCounters),
    segments: mergeRecords<SegmentMembership>(a.segments, b.segments, earlier),
    consent: mergeRecords(a.consent, b.consent, (one, other) => mergeRecords<ConsentEntry>(one, other, stricterConsent)),
    ...combineLinks(a, b),
  });
}

/** Kept as they are where only one has any, so that a profile without links has none when it is combined. */
function combineLinks(a: ProfileDocument, b: ProfileDocument): Pick<ProfileDocument, 'links' | 'apart'> {
  const newer = (one: string, other: string): string => (one > other ? one : other);
  const links = mergeRecords(a.links ?? {}, b.links ?? {}, (one, other) => mergeRecords(one, other, newer));
  const apart = mergeRecords(a.apart ?? {}, b.apart ?? {}, newer);
  return { ...(Object.keys(links).length === 0 ? {} : { links }), ...(Object.keys(apart).length === 0 ? {} : { apart }) };
}

type Fields = Pick<ProfileDocument, 'attributes' | 'direct' | 'hashes' | 'set_at'>;

function combineFields(a: ProfileDocument, b: ProfileDocument): Fields {
  const attributes: Record<string, ProfileDocument['attributes'][string]> = {};
  const direct: Record<string, ProfileDocument['direct'][string]> = {};
  const hashes: Record<string, string> = {};
  const set_at = mergeRecords(a.set_at, b.set_at, (one, other) => (one > other ? one : other));
  for (const field of Object.keys(set_at)) {
    const from = newerField(a, b, field);
    copy(from.attributes, attributes, field);
    copy(from.direct, direct, field);
    copy(from.hashes, hashes, field);
  }
  return { attributes, direct, hashes, set_at };
}

function newerField(a: ProfileDocument, b: ProfileDocument, field: string): ProfileDocument {
  const atA = ownValue(a.set_at, field) ?? '';
  const atB = ownValue(b.set_at, field) ?? '';
  if (atA !== atB) return atA > atB ? a : b;
  return fieldAsText(a, field) > fieldAsText(b, field) ? a : b;
}

function fieldAsText(profile: ProfileDocument, field: string): string {
  const parts: readonly (Json | undefined)[] = [
    ownValue(profile.attributes, field),
    ownValue(profile.direct, field),
    ownValue(profile.hashes, field),
  ];
  return parts.map((part) => (part === undefined ? '' : canonicalJson(part))).join('\0');
}

function copy<Value>(from: Readonly<Record<string, Value>>, to: Record<string, Value>, field: string): void {
  const value = ownValue(from, field);
  if (value !== undefined) defineOwn(to, field, value);
}

/** Also for a field named `__proto__`, which an assignment would not store. */
function defineOwn<Value>(record: Record<string, Value>, key: string, value: Value): void {
  if (key !== '__proto__') record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

function mergeRecords<Value>(
  a: Readonly<Record<string, Value>>,
  b: Readonly<Record<string, Value>>,
  merge: (one: Value, other: Value) => Value,
): Record<string, Value> {
  const merged: Record<string, Value> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const other = ownValue(merged, key);
    defineOwn(merged, key, other === undefined ? value : merge(other, value));
  }
  return merged;
}

function earlier(a: SegmentMembership, b: SegmentMembership): SegmentMembership {
  if (a.entered_at !== b.entered_at) return a.entered_at < b.entered_at ? a : b;
  return (a.revision ?? 0) > (b.revision ?? 0) ? a : b;
}
