import type { OutgoingMessage } from './channel.port.js';
import { flattenHeader, parseAddress, parseMailbox, type Mailbox } from './mailbox.js';

/** The user variable under which the opaque id travels, in callbacks and in `X-Mailgun-Variables`. */
export const MESSAGE_VARIABLE = 'cebe_id';

const ownHeaders = new Set([
  ...[
    'from',
    'to',
    'cc',
    'bcc',
    'sender',
    'reply-to',
    'subject',
    'date',
    'message-id',
    'return-path',
    'received',
    'dkim-signature',
  ],
  ...['mime-version', 'list-unsubscribe', 'list-unsubscribe-post'],
]);

/** The caller's extra headers that are safe to pass on: well-formed names that no channel sets itself, values on one line. */
export function extraHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => {
    const lower = name.toLowerCase();
    const own = ownHeaders.has(lower) || lower.startsWith('content-') || lower.startsWith('x-mailgun-');
    return /^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name) && !own;
  });
  return Object.fromEntries(kept.map(([name, value]) => [name, flattenHeader(value)]));
}

/** The RFC 8058 pair: exactly one web address, the mail address behind it, and the promise that one POST is enough. */
export function unsubscribeHeaders(unsubscribe: OutgoingMessage['unsubscribe']): Readonly<Record<string, string>> {
  const uri = new URL(unsubscribe.url).href.replace(/[<>,]/g, encodeURIComponent);
  const mailbox = parseAddress(unsubscribe.mailto?.replace(/^mailto:/, '') ?? '');
  return {
    'List-Unsubscribe': mailbox === null ? `<${uri}>` : `<${uri}>, <mailto:${mailbox}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

/** The id in the Message-ID header, without angle brackets: the attempt's, so that an attempt can be found again. */
export function messageIdOf(attemptId: string, domain: string): string {
  return `${attemptId.replace(/[^A-Za-z0-9._-]/g, '_')}@${domain}`;
}

/** Who a message goes from and to, checked; a string says which part is no address. */
export interface Envelope {
  readonly to: string;
  readonly from: Mailbox;
  readonly replyTo?: Mailbox;
}

/** Checks the addresses of a message, or says which one is wrong (never what it is: it is personal). */
export function envelopeOf(message: OutgoingMessage): Envelope | string {
  const to = parseAddress(message.to);
  const from = parseMailbox(message.from);
  const replyTo = message.reply_to === undefined ? undefined : parseMailbox(message.reply_to);
  if (to === null) return 'the recipient is not an e-mail address';
  if (from === null) return 'the sender is not an e-mail address';
  if (replyTo === null) return 'the reply address is not an e-mail address';
  return { to, from, ...(replyTo === undefined ? {} : { replyTo }) };
}
