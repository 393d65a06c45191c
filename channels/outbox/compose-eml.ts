import { LRUCache } from 'lru-cache';
import { foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';
import type { OutgoingMessage } from '../channel.port.js';
import { MESSAGE_VARIABLE, extraHeaders, messageIdOf, unsubscribeHeaders, type Envelope } from '../mail-headers.js';
import { flattenHeader, type Mailbox } from '../mailbox.js';

const LINE = 76;
const CRLF = '\r\n';
/** In quoted-printable `=` stands only before hex digits and line ends: no part can hold this. */
const BOUNDARY = '=_cebe_part';

const senders = new LRUCache<string, string>({ max: 100 });
const plainAddress = /^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/;
/** What needs neither encoding nor folding. */
const plainText = /^[A-Za-z0-9 .,:;!?'()&%$#@*/+_-]{1,60}$/;

function header(name: string, value: string): string {
  return foldLines(`${name}: ${value}`, LINE);
}

function encoded(name: string, value: string): string {
  return header(name, plainText.test(value) ? value : MimeNode.encodeHeaderValue(name, value));
}

function mailbox(name: string, { address, name: shown = '' }: Mailbox): string {
  return header(name, MimeNode.encodeHeaderValue(name, { address, name: shown }));
}

/** Many messages come from the same sender. */
function sender(name: string, from: Mailbox): string {
  const key = `${name}\0${from.address}\0${from.name ?? ''}`;
  const known = senders.get(key) ?? mailbox(name, from);
  senders.set(key, known);
  return known;
}

/** The id of the message as its own Message-ID header shows it, without angle brackets. */
export function emlMessageId(message: OutgoingMessage, envelope: Envelope): string {
  return messageIdOf(message.attempt_id, envelope.from.address.slice(envelope.from.address.indexOf('@') + 1));
}

/**
 * The message as an RFC 5322 file: text and HTML as alternatives, unsubscribe headers, and the opaque id in the header where the
 * mail provider would put it. Reads no file and calls no address, whatever the message says. Same message and instant, same file.
 */
export function composeEml(message: OutgoingMessage, envelope: Envelope, sentAt: Date): Buffer {
  const { from, to, replyTo } = envelope;
  const subject = flattenHeader(message.subject);
  const head = [
    sender('From', from),
    plainAddress.test(to) ? header('To', to) : mailbox('To', { address: to }),
    ...(replyTo === undefined ? [] : [sender('Reply-To', replyTo)]),
    ...(subject === '' ? [] : [encoded('Subject', subject)]),
    ...headersOf(extraHeaders(message.headers), encoded),
    // ASCII values that must arrive as they are: neither folded nor encoded.
    ...headersOf(unsubscribeHeaders(message.unsubscribe), (name, value) => `${name}: ${value}`),
    `X-Mailgun-Variables: ${JSON.stringify({ [MESSAGE_VARIABLE]: message.message_token })}`,
    header('Message-ID', `<${emlMessageId(message, envelope)}>`),
    `Date: ${sentAt.toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${BOUNDARY}"`,
  ];
  const parts = part('plain', message.text) + part('html', message.html);
  return Buffer.from(`${head.join(CRLF)}${CRLF}${CRLF}${parts}--${BOUNDARY}--${CRLF}`);
}

function headersOf(headers: Readonly<Record<string, string>>, write: (name: string, value: string) => string): readonly string[] {
  return Object.entries(headers)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => write(name, value));
}

function part(kind: 'plain' | 'html', content: string): string {
  const type = `Content-Type: text/${kind}; charset=utf-8`;
  const body = wrap(encode(content.replace(/\r\n?|\n/g, CRLF)), LINE);
  return `--${BOUNDARY}${CRLF}${type}${CRLF}Content-Transfer-Encoding: quoted-printable${CRLF}${CRLF}${body}${CRLF}`;
}
