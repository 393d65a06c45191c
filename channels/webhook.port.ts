import type { ProviderEvent } from './provider-event.js';

/** What a callback of a provider turns out to be. `refused`: not signed by the provider, too old, or nothing that could be signed. */
export type WebhookReading =
  | { readonly kind: 'refused'; readonly reason: 'unsigned' | 'forged' | 'expired' }
  /** Signed; `token` is good for one event. `event` is null where it cannot be read. */
  | { readonly kind: 'signed'; readonly token: string; readonly event: ProviderEvent | null };

/** Reads the callbacks of one provider. Pure: the key is given, nothing is remembered. Never throws for a bad body. */
export interface WebhookReader {
  /** As in `campaign.message_*`: mailgun. */
  readonly provider: string;
  /** `now` in ms since 1970. */
  read(body: unknown, signingKey: Uint8Array, now: number): WebhookReading;
}
