import type { ConsentRule, ConsentTopic } from '../events/consent-topics.js';

/** What holds now for one channel and purpose. Times are ISO-8601. */
export interface StandingConsent {
  readonly channel: string;
  readonly purpose: string;
  readonly state: 'granted' | 'withdrawn' | 'not_said';
  readonly at?: string;
  readonly via?: string;
  readonly confirmed_at?: string;
  /** What the workspace demands. */
  readonly rule: ConsentRule;
  /** By consent alone: an address may be suppressed all the same. */
  readonly may_be_written_to: boolean;
}

/** Where a customer's consent stands; of everyone who is the same person the stricter. */
export interface ConsentStanding {
  /**
   * For each topic by e-mail and whatever else was said, and why the address is suppressed, if it is. null for a customer who is unknown or
   * erased. Reads are not ordered with writes in flight: wait for `min_position` first.
   */
  of(
    workspace: string,
    customerId: string,
  ): Promise<{ readonly consent: readonly StandingConsent[]; readonly suppressed?: string } | null>;
  /** What the workspace defined, else what every workspace has. */
  topics(workspace: string): Promise<readonly ConsentTopic[]>;
}
