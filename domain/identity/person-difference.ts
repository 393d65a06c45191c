import { canonicalJson } from '../../contracts/canonical-json.js';
import type { Json } from '../../contracts/json.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../own-value.js';

/** How a person would be shown differently: names of fields only, for values may be personal. */
export interface PersonDifference {
  readonly fields: readonly string[];
  /** By event type, how often it would be counted. */
  readonly events: readonly { readonly type: string; readonly from: number; readonly to: number }[];
  readonly consent: readonly ConsentDifference[];
}

export interface ConsentDifference {
  readonly channel: string;
  readonly purpose: string;
  readonly from?: 'granted' | 'withdrawn';
  readonly to?: 'granted' | 'withdrawn';
}

/** What differs between two profiles of a person, in order of names. */
export function personDifference(before: ProfileDocument, after: ProfileDocument): PersonDifference {
  const fields = namesIn(before.set_at, after.set_at, before.direct, after.direct).filter(
    (field) => valueOf(before, field) !== valueOf(after, field),
  );
  const events = namesIn(before.events, after.events).flatMap((type) => {
    const from = ownValue(before.events, type)?.total ?? 0;
    const to = ownValue(after.events, type)?.total ?? 0;
    return from === to ? [] : [{ type, from, to }];
  });
  return { fields, events, consent: consentDifference(before, after) };
}

function consentDifference(before: ProfileDocument, after: ProfileDocument): readonly ConsentDifference[] {
  return namesIn(before.consent, after.consent).flatMap((channel) => {
    const was = ownValue(before.consent, channel) ?? {};
    const is = ownValue(after.consent, channel) ?? {};
    return namesIn(was, is).flatMap((purpose) => {
      const [from, to] = [ownValue(was, purpose)?.state, ownValue(is, purpose)?.state];
      if (from === to) return [];
      return [{ channel, purpose, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
    });
  });
}

function namesIn(...records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
}

/** A direct value is the one it was as long as it has the same hash, or else stands in the same event. */
function valueOf(profile: ProfileDocument, field: string): string {
  const known: Json | undefined =
    ownValue(profile.attributes, field) ?? ownValue(profile.hashes, field) ?? ownValue(profile.direct, field)?.event_id;
  return known === undefined ? '' : canonicalJson(known);
}
