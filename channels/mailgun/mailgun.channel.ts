import { z } from 'zod';
import { EngineError } from '../../contracts/errors.js';
import type { Channel, LookUpOutcome, LookUpQuery, OutgoingMessage, SendOutcome, SentOutcome } from '../channel.port.js';
import { MESSAGE_VARIABLE, envelopeOf, extraHeaders, messageIdOf, unsubscribeHeaders, type Envelope } from '../mail-headers.js';
import { createInFlight } from '../in-flight.js';
import { flattenHeader, formatMailbox } from '../mailbox.js';
import type { ProviderEvent } from '../provider-event.js';
import { createMailgunClient } from './mailgun-client.js';
import { parseMailgunEvent } from './mailgun-event.js';
import { failureOutcome } from './mailgun-outcomes.js';

/** The account, the sending domain, and what the channel must know of the engine. */
export interface MailgunOptions {
  readonly apiKey: string;
  readonly domain: string;
  /** Default `https://api.mailgun.net`. Plain http only on this machine. */
  readonly url?: string;
  /** `CEBE_PUBLIC_URL`: where unsubscribe links lead. */
  readonly publicUrl: string | undefined;
  /** `test`: Mailgun accepts (and charges), and delivers nothing. */
  readonly mode?: 'live' | 'test';
  readonly timeoutMs?: number;
  readonly clock: () => number;
}

const eventAnswer = z.looseObject({ body: z.looseObject({ items: z.array(z.unknown()) }) });
const MAX_TAGS = 10;
const MAX_TAG = 128;

function misconfigured(message: string): EngineError {
  return new EngineError('channel_misconfigured', message);
}

function checkOptions({ apiKey, domain, url = 'https://api.mailgun.net', publicUrl }: MailgunOptions): string {
  if (apiKey === '' || domain === '')
    throw misconfigured('Mailgun needs MAILGUN_API_KEY and MAILGUN_DOMAIN; one of them is empty');
  if (publicUrl === undefined || !URL.canParse(publicUrl) || new URL(publicUrl).protocol !== 'https:') {
    const found = publicUrl === undefined ? 'nothing' : `"${publicUrl}"`;
    throw misconfigured(`Mailgun needs an https CEBE_PUBLIC_URL for one-click unsubscribe; found ${found}`);
  }
  const base = URL.canParse(url) ? new URL(url) : null;
  const local = base !== null && ['localhost', '127.0.0.1', '[::1]'].includes(base.hostname);
  if (base === null || (base.protocol !== 'https:' && !(local && base.protocol === 'http:'))) {
    throw misconfigured(`MAILGUN_URL must be an https address, found "${url}"`);
  }
  return base.href;
}

function sent(id: string): SentOutcome {
  return { kind: 'sent', provider: 'mailgun', provider_message_id: bare(id) };
}

function bare(id: string): string {
  return id.trim().replace(/^<(.*)>$/, '$1');
}

/**
 * The channel through Mailgun: one recipient a call, so that nobody sees another's address. The Message-ID is made from the attempt, which is what
 * the look-up searches for in Mailgun's events; that search lags. Throws `channel_misconfigured` without an https public address.
 */
export function openMailgun(options: MailgunOptions): Channel {
  const { apiKey, domain, mode = 'live', timeoutMs = 15_000, clock } = options;
  const inFlight = createInFlight();
  const client = createMailgunClient({ apiKey, url: checkOptions(options), timeoutMs });

  function fieldsOf(message: OutgoingMessage, envelope: Envelope): Parameters<typeof client.messages.create>[1] {
    const headers = { ...extraHeaders(message.headers), ...unsubscribeHeaders(message.unsubscribe) };
    const tags = (message.tags ?? []).map((tag) => flattenHeader(tag).slice(0, MAX_TAG)).slice(0, MAX_TAGS);
    return {
      from: formatMailbox(envelope.from),
      to: envelope.to,
      subject: flattenHeader(message.subject),
      html: message.html,
      text: message.text,
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`h:${name}`, value])),
      ...(envelope.replyTo === undefined ? {} : { 'h:Reply-To': formatMailbox(envelope.replyTo) }),
      'h:Message-Id': `<${messageIdOf(message.attempt_id, domain)}>`,
      [`v:${MESSAGE_VARIABLE}`]: message.message_token,
      ...(tags.length === 0 ? {} : { 'o:tag': tags }),
      ...(mode === 'test' ? { 'o:testmode': 'yes' } : {}),
    };
  }

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const envelope = envelopeOf(message);
    if (typeof envelope === 'string')
      return { kind: 'refused', permanence: 'permanent', code: 'invalid_address', reason: envelope };
    try {
      const { id } = await client.messages.create(domain, fieldsOf(message, envelope));
      if (typeof id === 'string' && id !== '') return sent(id);
      return { kind: 'unknown', reason: 'the answer was a success without a message id: is MAILGUN_URL the address of Mailgun?' };
    } catch (error) {
      return failureOutcome(error, clock());
    }
  }

  // Not `events.get`, which writes a warning to the console at every call.
  async function findEvents(query: Readonly<Record<string, string>>): Promise<readonly ProviderEvent[]> {
    const { items } = eventAnswer.parse(await client.request.get(`/v3/${domain}/events`, query)).body;
    return items.map(parseMailgunEvent).filter((event) => event !== null);
  }

  async function lookUp({ attempt_id, sent_to }: LookUpQuery): Promise<LookUpOutcome> {
    const messageId = messageIdOf(attempt_id, domain);
    try {
      const byId = await findEvents({ 'message-id': messageId, limit: '25' });
      if (byId.some((event) => event.provider_message_id === messageId)) return sent(messageId);
      if (sent_to === undefined) return { kind: 'not_found' };
      const byAddress = await findEvents({ recipient: sent_to.to, limit: '300' });
      const match = byAddress.find((event) => event.message_token === sent_to.message_token);
      return match === undefined ? { kind: 'not_found' } : sent(match.provider_message_id ?? messageId);
    } catch (error) {
      const outcome = failureOutcome(error, clock());
      return { kind: 'unknown', reason: outcome.kind === 'sent' ? '' : outcome.reason };
    }
  }

  return {
    name: 'mailgun',
    capabilities: { needs_https_unsubscribe: true, look_up: 'lagging', recommended_concurrency: 32 },
    send: (message) => inFlight.track(send(message)),
    lookUp: (query) => inFlight.track(lookUp(query)),
    close: () => inFlight.settled(),
  };
}
