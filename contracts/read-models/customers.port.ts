import type { Json, JsonObject } from '../json.js';

/** How personal values are shown: as they are, or masked (`a***@mail.com`). The caller has checked which. */
export type Disclosure = 'masked' | 'revealed';

/** A customer as people and features read one. Times are ISO-8601. */
export interface CustomerView {
  /** The smallest id of everyone who is this person. */
  readonly qontak_customer_id: string;
  /** The other ids of the person; empty for most. */
  readonly merged_ids: readonly string[];
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  /** Everything that describes the customer, direct fields among them. */
  readonly attributes: JsonObject;
  /** By event type. */
  readonly events: Readonly<
    Record<
      string,
      {
        readonly count: number;
        readonly first_at: string;
        readonly last_at: string;
        /** A count beyond 2^53 − 1 is decimal digits. */
        readonly sums: Readonly<
          Record<string, number | string | readonly { readonly amount: string; readonly currency: string }[]>
        >;
      }
    >
  >;
  /** Those that the customer is in; archived ones are left out. */
  readonly segments: readonly { readonly segment_id: string; readonly entered_at: string }[];
  readonly consent: JsonObject;
  readonly scores: Readonly<Record<string, number>>;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
}

/** One event of a timeline. */
export interface TimelineEntry {
  readonly event_id: string;
  readonly type: string;
  /** Of the ids of the person, the one that it happened to. */
  readonly qontak_customer_id: string;
  /** In the stream of that id. */
  readonly revision: string;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly source: string;
  readonly message_id: string;
  readonly properties: Readonly<Record<string, Json>>;
  /** True when personal values of the event are gone because its key was destroyed. */
  readonly erased?: boolean;
}

/** Where a page of a timeline ended: in the log, and in the streams as far as they were read. Decimal. */
export interface TimelinePlace {
  readonly position: string;
  readonly revisions: Readonly<Record<string, string>>;
}

/** A page of a timeline; `next` is null on the last. */
export interface TimelinePage {
  readonly entries: readonly TimelineEntry[];
  readonly next: TimelinePlace | null;
}

/** Customers as people: everyone merged into one is shown as one, under whichever of the ids is asked for. Erased and unknown ones are absent. */
export interface Customers {
  get(workspace: string, customerId: string, disclosure: Disclosure): Promise<CustomerView | null>;
  /** Those whose current identifier has this value, in id order. */
  findBy(
    workspace: string,
    identifier: { readonly kind: 'email' | 'phone' | 'external_id'; readonly value: string },
    disclosure: Disclosure,
  ): Promise<readonly CustomerView[]>;
  list(
    workspace: string,
    walk: { readonly after?: string; readonly limit: number },
    disclosure: Disclosure,
  ): Promise<{ readonly customers: readonly CustomerView[]; readonly next: string | null }>;
  /** What happened to any of the person's ids, newest first in log order, from behind `before`. */
  timeline(
    workspace: string,
    customerId: string,
    options: { readonly before?: TimelinePlace; readonly limit: number; readonly disclosure: Disclosure },
  ): Promise<TimelinePage>;
}
