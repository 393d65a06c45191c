import type { OutgoingMessage, SendOutcome } from '../channel.port.js';

/** Messages that the outbox's thread is asked to write, and that share a sync of their folder; `at` is the instant of sending, ms. */
export interface WriteGroup {
  readonly folder: string;
  readonly at: number;
  readonly messages: readonly OutgoingMessage[];
}

/** What became of a message; `taken`: a file proves that one was sent to this (run, customer) before. */
export type Written = SendOutcome | { readonly kind: 'taken' };

/** The file that proves that a message was sent. */
export function sentOutcome(messageId: string): SendOutcome & { readonly kind: 'sent' } {
  return { kind: 'sent', provider: 'outbox', provider_message_id: messageId };
}
