/** What is known of one attempt; `refused` and `lapsed` are definitive: nothing went out with it. */
export type AttemptState = 'reserved' | 'lapsed' | 'refused' | 'uncertain' | 'sent';

export type MessageAttempt = {
  readonly id: string;
  readonly state: AttemptState;
  /** When it was reserved. */
  readonly at: string;
  /** The revision of its reservation in the customer's stream, decimal. */
  readonly revision: string;
};

/** `pending`, `reserved` and `retrying` are on their way; the others account for a recipient. */
export type MessageOutcome = 'pending' | 'reserved' | 'retrying' | 'sent' | 'failed' | 'uncertain' | 'cancelled' | 'suppressed';

export const messageFacets = ['delivered', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed'] as const;
/** What may become of a sent message. Opened and clicked count people; what programs did is `opened_by_machine`. */
export type MessageFacet = (typeof messageFacets)[number];
export type CountedFacet = MessageFacet | 'opened_by_machine';

/** What the driver of a run has to do about a message. */
export type MessageWork = 'send' | 'look_up' | 'uncertain' | 'failed';

export type MessageMoment = { readonly event: string; readonly at: string; readonly detail?: string };

/** One message of a run to one customer. Document id: `<workspace>/<run>/<customer>`. */
export type MessageDocument = {
  readonly run: string;
  readonly customer_id: string;
  readonly address_hash?: string;
  /** Nothing of this run stands at or below this revision of the customer's stream that is not folded in; decimal. */
  readonly revision: string;
  readonly outcome: MessageOutcome;
  /** Of `suppressed`, `failed`, `retrying` and `uncertain`. */
  readonly reason?: string;
  readonly retry_at?: string;
  /** A failure that a person wants to be left as it is. */
  readonly dropped?: true;
  /** How often the run had been reopened at the last failure. */
  readonly round: number;
  readonly attempts: readonly MessageAttempt[];
  readonly counts: { readonly [Facet in CountedFacet]?: number };
  /** The newest are left out when there are very many. */
  readonly timeline: readonly MessageMoment[];
  /** Outcome, facets and reason as one text, which the funnel counts by. */
  readonly summary: string;
  /** `<run>/<work>` while there is something to do. */
  readonly work?: string;
  /** The reason of a failure, which dead letters are grouped by. */
  readonly failure?: string;
};

/** The document id of a message. */
export function messageId(workspace: string, run: string, customerId: string): string {
  return `${workspace}/${run}/${customerId}`;
}
