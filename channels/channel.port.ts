/** One message to one recipient: everything rendered, nothing left to decide. Times, ids and tokens were made by the caller. */
export interface OutgoingMessage {
  readonly workspace: string;
  readonly run_id: string;
  readonly customer_id: string;
  /** Fresh for every attempt; only the writer of the reservation that carries it may send it. */
  readonly attempt_id: string;
  /** One plain address, without a name; anything else is `refused`. */
  readonly to: string;
  /** `address` or `Name <address>`. */
  readonly from: string;
  /** `address` or `Name <address>`. */
  readonly reply_to?: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** More headers; names that the channel sets itself, and names or values that could break a header, are left out or flattened. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly unsubscribe: { readonly url: string; readonly mailto?: string };
  /** The opaque id of (run, customer, attempt), which the provider's callbacks bring back; recipients can see it. */
  readonly message_token: string;
  /** What the provider groups its own statistics by, e.g. the run. */
  readonly tags?: readonly string[];
}

/** The provider has the message. */
export interface SentOutcome {
  readonly kind: 'sent';
  readonly provider: string;
  readonly provider_message_id: string;
}

/** Definitive: no message went out, and none will. `permanent`: this message will be refused again; `temporary`: another attempt may succeed. */
export interface RefusedOutcome {
  readonly kind: 'refused';
  readonly permanence: 'permanent' | 'temporary';
  /** snake_case and stable: `http_400`, `rate_limited`, `connection_failed`, … */
  readonly code: string;
  readonly reason: string;
  /** How long the provider wants to be left alone, where it says so. */
  readonly retry_after_ms?: number;
}

/** The message may have gone out, or may yet: it must be looked up, never sent again by itself. */
export interface UnknownOutcome {
  readonly kind: 'unknown';
  readonly reason: string;
}

export type SendOutcome = SentOutcome | RefusedOutcome | UnknownOutcome;

/** Which attempt to look up. */
export interface LookUpQuery {
  readonly workspace: string;
  readonly run_id: string;
  readonly customer_id: string;
  readonly attempt_id: string;
  /** A second way to find it, at providers whose search knows both: where it went, and the opaque id that it carried. */
  readonly sent_to?: { readonly to: string; readonly message_token: string };
}

/** `not_found` proves that nothing was sent only where `capabilities.look_up` is `exact`. `unknown`: the provider could not be asked. */
export type LookUpOutcome = SentOutcome | { readonly kind: 'not_found' } | UnknownOutcome;

export interface ChannelCapabilities {
  /** The channel starts only with an https address for unsubscribe links. */
  readonly needs_https_unsubscribe: boolean;
  /** `exact`: a look-up is the truth at once. `lagging`: what is not found may appear later. */
  readonly look_up: 'exact' | 'lagging';
  /** How many `send` calls in flight serve it best. */
  readonly recommended_concurrency: number;
}

/**
 * A way out to customers.
 *
 * `send` is called once for each attempt, and an adapter never repeats it inside: one call is at most one message. Outcomes are data; it
 * rejects only for a mistake of the program. `refused` is answered only when it is certain that no message went out; what is
 * not certain is `unknown`. Calls may run concurrently, in any order.
 * Errors: none of its own; opening a channel may throw `channel_misconfigured`.
 */
export interface Channel {
  /** `outbox`, `mailgun`, …: also the `provider` of its outcomes. */
  readonly name: string;
  readonly capabilities: ChannelCapabilities;
  /** A run is about to send: what takes time to start is started now. */
  prepare?(): void;
  send(message: OutgoingMessage): Promise<SendOutcome>;
  lookUp(query: LookUpQuery): Promise<LookUpOutcome>;
  /** Deletes what this machine keeps of messages to these customers and answers how many that were; absent where nothing is kept here. */
  forget?(workspace: string, customers: readonly string[]): Promise<number>;
  /** Waits for calls in flight and releases everything. */
  close(): Promise<void>;
}
