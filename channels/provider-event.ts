/** What a provider reports about a message after it took it. */
export type ProviderEventKind =
  'accepted' | 'delivered' | 'opened' | 'clicked' | 'unsubscribed' | 'complained' | 'failed' | 'other';

/** Why the provider itself kept a message back: the address is on its own list. */
export type ProviderSuppression = 'bounced' | 'unsubscribed' | 'complained';

/** One callback of a provider, in the engine's words; fields that the provider left out are absent. */
export interface ProviderEvent {
  readonly kind: ProviderEventKind;
  /** The provider's id of this event: the duplicate key. */
  readonly id: string;
  /** ISO-8601, UTC. */
  readonly occurred_at: string;
  /** As the provider wrote it; personal. */
  readonly recipient?: string;
  /** Without angle brackets. */
  readonly provider_message_id?: string;
  /** The opaque id that the message was sent with. */
  readonly message_token?: string;
  readonly tags: readonly string[];
  /** The address that was clicked. */
  readonly url?: string;
  readonly ip?: string;
  /** Set where the provider believes that a program, not a person, opened or clicked. */
  readonly automated?: 'bot';
  readonly failure?: {
    readonly permanence: 'permanent' | 'temporary';
    readonly code?: string;
    readonly reason: string;
    readonly suppressed?: ProviderSuppression;
  };
  /** The provider's own record of the event, whole. */
  readonly raw: Readonly<Record<string, unknown>>;
}
