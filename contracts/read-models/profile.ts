import type { DirectReference } from '../events/decoded-event.js';
import type { SealedPart } from '../events/event.js';
import type { JsonObject } from '../json.js';

/** A DirectReference as documents hold it: the same fields, as plain JSON. */
export type StoredReference = {
  readonly [Key in keyof DirectReference]: Key extends 'part'
    ? { readonly [Field in keyof SealedPart]: SealedPart[Field] }
    : DirectReference[Key];
};

/** An exact whole number: a number as far as numbers are exact (2^53 − 1), decimal digits beyond. */
export type ExactSum = number | string;

/** Sums of an event type's measures by name; money has one sum per currency (`amount_minor.USD`). */
export type MeasureSums = { readonly [measure: string]: ExactSum };

/** The events of one type on one local calendar day of the workspace. */
export type DayBucket = { readonly count: number; readonly last: string; readonly sums: MeasureSums };

/** The events of one type: lifetime figures, and buckets for about the two newest years. */
export type EventCounters = {
  readonly total: number;
  readonly first: string;
  readonly last: string;
  readonly sums: MeasureSums;
  /** By local calendar day, `2026-11-22`. */
  readonly days: { readonly [day: string]: DayBucket };
};

/** One identifier that events named for this customer; `at` and `revision` tell when it was named last. */
export type ProfileIdentifier = {
  readonly kind: string;
  readonly hash: string;
  readonly at: string;
  readonly revision: string;
  /** Where its value can be opened; absent for values that are not sealed or are gone. */
  readonly reference?: StoredReference;
};

/** What the customer last said about one channel and purpose. */
export type ConsentEntry = {
  readonly state: 'granted' | 'withdrawn';
  readonly at: string;
  readonly via?: string;
  /** When it was granted by a double opt-in that no withdrawal followed. */
  readonly confirmed_at?: string;
  /** When it was withdrawn last, where it was granted again. */
  readonly withdrawn_at?: string;
};

/** Since when a customer is in a segment, and by which revision of it where the event said so. */
export type SegmentMembership = { readonly entered_at: string; readonly revision?: number };

/** What links a customer to another one: by cause (`manual`, `request`, `email:<hash>`, …), and since when. */
export type ProfileLink = { readonly [cause: string]: string };

/**
 * Everything known about one customer, folded from the log; personal values of class `direct` are references and keyed hashes only.
 * Document id: `<workspace>/<customer_id>`. Times are ISO-8601 UTC with milliseconds; there are no nulls.
 */
export type ProfileDocument = {
  readonly customer_id: string;
  /** The last revision of the customer's own stream that is folded in, decimal. */
  readonly revision: string;
  /** First and last event that a module reported, by when it happened. */
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  /** Values of class `quasi` and `none`. */
  readonly attributes: JsonObject;
  readonly direct: { readonly [field: string]: StoredReference };
  /** Keyed hashes of the current values; `email`, `phone` and `external_id` fall back to the newest identifier of that kind. */
  readonly hashes: { readonly [field: string]: string };
  /** When each field was last set or unset by the customer's data: an older event that arrives later changes nothing. */
  readonly set_at: { readonly [field: string]: string };
  /** In order of kind and hash. */
  readonly identifiers: readonly ProfileIdentifier[];
  readonly events: { readonly [type: string]: EventCounters };
  readonly segments: { readonly [segmentId: string]: SegmentMembership };
  readonly consent: { readonly [channel: string]: { readonly [purpose: string]: ConsentEntry } };
  /** Customers who are the same person; a link holds where both ends have it. */
  readonly links?: { readonly [customerId: string]: ProfileLink };
  /** Customers whom a person parted from this one, and when. */
  readonly apart?: { readonly [customerId: string]: string };
};

/** The document id of a customer's profile. */
export function profileId(workspace: string, customerId: string): string {
  return `${workspace}/${customerId}`;
}
