import MailComposer from 'nodemailer/lib/mail-composer';
import type MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';
import type { OutgoingMessage } from '../channel.port.js';
import { MESSAGE_VARIABLE, extraHeaders, messageIdOf, unsubscribeHeaders, type Envelope } from '../mail-headers.js';
import { flattenHeader, type Mailbox } from '../mailbox.js';

const ENCODING = 'quoted-printable';

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
export function composeEml(message: OutgoingMessage, envelope: Envelope, sentAt: Date): Buffer {
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
    text: { content: message.text, contentTransferEncoding: ENCODING },
    html: { content: message.html, contentTransferEncoding: ENCODING },
  });
  return assemble(composer.compile(), [message.text, message.html]);
}

function encodeBody(content: string): string {
  return wrap(encode(content.replace(/\r\n?|\n/g, '\r\n')), 76);
}

/** What `build()` of nodemailer makes, without its streams, which cost most of the time that a message takes. */
function assemble(root: MimeNode, contents: readonly string[]): Buffer {
  // The boundary is drawn while the headers are built.
  const head = root.buildHeaders();
  const boundary = String(root.boundary);
  const parts = root.childNodes.map(
    (part, index) => `--${boundary}\r\n${part.buildHeaders()}\r\n\r\n${encodeBody(contents[index] ?? '')}\r\n`,
  );
  return Buffer.from(`${head}\r\n\r\n${parts.join('')}--${boundary}--\r\n`);
}

/** ASCII values that must arrive as they are: neither folded nor encoded. */
function prepared(
  headers: Readonly<Record<string, string>>,
): Record<string, { prepared: boolean; foldLines: boolean; value: string }> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { prepared: true, foldLines: false, value }]));
}
