import MailComposer from 'nodemailer/lib/mail-composer';
import type { OutgoingMessage } from '../channel.port.js';
import { MESSAGE_VARIABLE, extraHeaders, messageIdOf, unsubscribeHeaders, type Envelope } from '../mail-headers.js';
import { flattenHeader, type Mailbox } from '../mailbox.js';

function addressOf({ address, name }: Mailbox): { address: string; name: string } {
  return { address, name: name ?? '' };
}

/** The id of the message as its own Message-ID header shows it, without angle brackets. */
export function emlMessageId(message: OutgoingMessage, envelope: Envelope): string {
  return messageIdOf(message.attempt_id, envelope.from.address.slice(envelope.from.address.indexOf('@') + 1));
}

/**
 * The message as an RFC 5322 file: text and HTML as alternatives, unsubscribe headers, and the opaque id in the header where the
 * mail provider would put it. Reads no file and calls no address, whatever the message says.
 */
export function composeEml(message: OutgoingMessage, envelope: Envelope, sentAt: Date): Promise<Buffer> {
  const composer = new MailComposer({
    disableFileAccess: true,
    disableUrlAccess: true,
    from: addressOf(envelope.from),
    to: { address: envelope.to, name: '' },
    ...(envelope.replyTo === undefined ? {} : { replyTo: addressOf(envelope.replyTo) }),
    subject: flattenHeader(message.subject),
    date: sentAt,
    messageId: `<${emlMessageId(message, envelope)}>`,
    headers: {
      ...extraHeaders(message.headers),
      ...prepared({
        ...unsubscribeHeaders(message.unsubscribe),
        'X-Mailgun-Variables': JSON.stringify({ [MESSAGE_VARIABLE]: message.message_token }),
      }),
    },
    text: message.text,
    html: message.html,
  });
  return composer.compile().build();
}

/** ASCII values that must arrive as they are: neither folded nor encoded. */
function prepared(
  headers: Readonly<Record<string, string>>,
): Record<string, { prepared: boolean; foldLines: boolean; value: string }> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { prepared: true, foldLines: false, value }]));
}
