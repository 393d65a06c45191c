import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Channel } from '../../channels/channel.port.js';
import { openMailgun, type MailgunOptions } from '../../channels/mailgun/mailgun.channel.js';
import { startMailgunStandIn, type MailgunStandIn } from '../support/mailgun-stand-in.js';
import { anOutgoingMessage, lookUpOf } from '../support/outgoing-message.js';

const now = Date.UTC(2026, 10, 23, 12);
let standIn: MailgunStandIn;
let channel: Channel;

function options(over: Partial<MailgunOptions> = {}): MailgunOptions {
  const { apiKey, domain, url } = standIn;
  return { apiKey, domain, url, publicUrl: 'https://cebe.example', timeoutMs: 60_000, clock: () => now, ...over };
}

beforeAll(async () => {
  standIn = await startMailgunStandIn();
  channel = openMailgun(options());
});
afterEach(() => {
  standIn.events('visible');
});
afterAll(async () => {
  await channel.close();
  await standIn.close();
});

describe('sending through Mailgun', () => {
  it('gives one recipient, our Message-ID, the opaque id, tags and the reply address', async () => {
    const message = anOutgoingMessage({ reply_to: 'Help, "us" <help@shop.example>', tags: ['run-1', 'spring'] });
    await channel.send(message);
    expect(standIn.accepted.at(-1)?.fields).toMatchObject({
      to: ['asha@mail.example'],
      from: ['"The Shop" <hello@shop.example>'],
      'h:Message-Id': [`<${message.attempt_id}@mg.shop.example>`],
      'h:Reply-To': [String.raw`"Help, \"us\"" <help@shop.example>`],
      'h:List-Unsubscribe-Post': ['List-Unsubscribe=One-Click'],
      'v:cebe_id': ['opaque-token'],
      'o:tag': ['run-1', 'spring'],
    });
    expect(standIn.accepted.at(-1)?.fields).not.toHaveProperty('o:testmode');
  });

  it('asks for the test mode when it is opened in it', async () => {
    await openMailgun(options({ mode: 'test' })).send(anOutgoingMessage());
    expect(standIn.accepted.at(-1)?.fields).toMatchObject({ 'o:testmode': ['yes'] });
  });

  it.each([
    [400, 'http_400'],
    [401, 'unauthorized'],
    [404, 'domain_unknown'],
    [413, 'message_too_large'],
  ])('takes a genuine HTTP %i as a refusal for good', async (status, code) => {
    standIn.next({ kind: 'answer', status, message: "'to' parameter is not a valid address" });
    const outcome = await channel.send(anOutgoingMessage());
    expect(outcome).toEqual({ kind: 'refused', permanence: 'permanent', code, reason: "'to' parameter is not a valid address" });
  });

  it('keeps the Retry-After of a 429, in seconds or as a date', async () => {
    standIn.next(
      { kind: 'answer', status: 429, retryAfter: '7' },
      { kind: 'answer', status: 429, retryAfter: new Date(now + 90_000).toUTCString() },
    );
    const refused = { kind: 'refused', permanence: 'temporary', code: 'rate_limited' };
    expect(await channel.send(anOutgoingMessage())).toMatchObject({ ...refused, retry_after_ms: 7_000 });
    expect(await channel.send(anOutgoingMessage())).toMatchObject({ ...refused, retry_after_ms: 90_000 });
  });

  it('takes a 503 as a refusal for now', async () => {
    standIn.next({ kind: 'answer', status: 503 });
    expect(await channel.send(anOutgoingMessage())).toMatchObject({
      kind: 'refused',
      permanence: 'temporary',
      code: 'provider_unavailable',
    });
  });

  it.each([500, 502, 504])(
    'does not know what came of an HTTP %i, which can come after the message was queued',
    async (status) => {
      standIn.next({ kind: 'accept_then_answer', status });
      const message = anOutgoingMessage();
      expect((await channel.send(message)).kind).toBe('unknown');
      expect((await channel.lookUp(lookUpOf(message))).kind).toBe('sent');
    },
  );

  it('does not know what came of a dropped connection, and never sends again by itself', async () => {
    const before = standIn.attempts;
    standIn.next({ kind: 'accept_then_drop' }, { kind: 'drop' });
    const [taken, lost] = [anOutgoingMessage(), anOutgoingMessage()];
    expect((await channel.send(taken)).kind).toBe('unknown');
    expect((await channel.send(lost)).kind).toBe('unknown');
    expect(standIn.attempts).toBe(before + 2);
    expect((await channel.lookUp(lookUpOf(taken))).kind).toBe('sent');
    expect((await channel.lookUp(lookUpOf(lost))).kind).toBe('not_found');
  });

  it('does not know what came of a request that is never answered', async () => {
    standIn.next({ kind: 'times_out' });
    expect(await openMailgun(options({ timeoutMs: 300 })).send(anOutgoingMessage())).toEqual({
      kind: 'unknown',
      reason: 'no answer from Mailgun: TimeoutError',
    });
  });

  it('does not take a success without an id for a sent message', async () => {
    standIn.next({ kind: 'answer', status: 200, raw: 'Mailgun Magnificent API' });
    expect((await channel.send(anOutgoingMessage())).kind).toBe('unknown');
  });

  it('knows that nothing went out when nobody listens, and when the name does not resolve', async () => {
    // A port that nothing is given by chance, and that fetch does not refuse by itself.
    const away = openMailgun(options({ url: 'http://127.0.0.1:2' }));
    const nowhere = openMailgun(options({ url: 'https://mailgun.invalid' }));
    const refused = { kind: 'refused', permanence: 'temporary', code: 'connection_failed' };
    expect(await away.send(anOutgoingMessage())).toMatchObject(refused);
    expect(await nowhere.send(anOutgoingMessage())).toMatchObject(refused);
  });
});

describe('looking up at Mailgun', () => {
  it('answers not found while the search lags, which is no proof', async () => {
    const message = anOutgoingMessage();
    await channel.send(message);
    standIn.events('hidden');
    expect(channel.capabilities.look_up).toBe('lagging');
    expect(await channel.lookUp(lookUpOf(message))).toEqual({ kind: 'not_found' });
  });

  it('finds a message by address and opaque id when its Message-ID is not the one we set', async () => {
    const sentMessage = anOutgoingMessage({ to: 'other@mail.example', message_token: 'token-of-other' });
    await channel.send(sentMessage);
    const query = { ...lookUpOf(anOutgoingMessage()), sent_to: { to: 'Other@mail.example', message_token: 'token-of-other' } };
    expect(await channel.lookUp(query)).toMatchObject({
      kind: 'sent',
      provider_message_id: `${sentMessage.attempt_id}@mg.shop.example`,
    });
    expect(await channel.lookUp({ ...query, sent_to: { ...query.sent_to, message_token: 'another' } })).toEqual({
      kind: 'not_found',
    });
  });

  it('does not know when the events cannot be asked', async () => {
    standIn.events('failing');
    expect((await channel.lookUp(lookUpOf(anOutgoingMessage()))).kind).toBe('unknown');
  });
});

describe('opening Mailgun', () => {
  it.each([undefined, 'http://cebe.example', 'cebe.example'])('refuses to start when the public address is %s', (publicUrl) => {
    expect(() => openMailgun(options({ publicUrl }))).toThrow(expect.objectContaining({ code: 'channel_misconfigured' }));
  });

  it('refuses to send its key over plain http to another machine', () => {
    expect(() => openMailgun(options({ url: 'http://api.mailgun.net' }))).toThrow(
      expect.objectContaining({ code: 'channel_misconfigured' }),
    );
  });
});
