import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMailgunEvent } from '../../../channels/mailgun/mailgun-event.js';
import { checkMailgunSignature, parseMailgunWebhook } from '../../../channels/mailgun/mailgun.webhook.js';

// Mailgun's documentation: key `test-key`.
const vector = {
  timestamp: '1770920772',
  token: 'e0b5477167110d68991efc6b9f89f0a11066af27834600e123',
  signature: 'a18cc0eec48912dfb0a4222f19608eccdb07460d53dd1037928c74b291a55f11',
};
const signedAt = 1770920772_000;
const hour = 3_600_000;

const event = {
  event: 'opened',
  id: 'Ase7i2zsRYeDXztHGENqRA',
  timestamp: 1521243339.873676,
  recipient: 'asha@mail.example',
  message: { headers: { 'message-id': 'attempt@mg.shop.example' } },
  'user-variables': { cebe_id: 'opaque' },
  tags: ['run'],
  ip: '50.56.129.169',
  'client-info': { 'client-os': 'Linux', bot: 'gmail' },
};

describe('the signature of a callback', () => {
  it('is valid for the documented vector', () => {
    expect(checkMailgunSignature(vector, 'test-key', signedAt + 1000)).toBe('valid');
    expect(
      checkMailgunSignature({ ...vector, signature: vector.signature.toUpperCase() }, Buffer.from('test-key'), signedAt),
    ).toBe('valid');
  });

  it.each([
    ['another key', vector, 'other-key'],
    ['another token', { ...vector, token: 'f0b5477167110d68991efc6b9f89f0a11066af27834600e123' }, 'test-key'],
    ['another time', { ...vector, timestamp: '1770920773' }, 'test-key'],
    ['a short signature', { ...vector, signature: 'a18c' }, 'test-key'],
    ['no signature', { ...vector, signature: '' }, 'test-key'],
  ])('is forged with %s', (_what, signed, key) => {
    expect(checkMailgunSignature(signed, key, signedAt)).toBe('forged');
  });

  it('expires after 48 hours, and is not taken from the future', () => {
    expect(checkMailgunSignature(vector, 'test-key', signedAt + 48 * hour)).toBe('valid');
    expect(checkMailgunSignature(vector, 'test-key', signedAt + 48 * hour + 1)).toBe('expired');
    expect(checkMailgunSignature(vector, 'test-key', signedAt - 2 * hour)).toBe('expired');
  });
});

describe('the event of a callback', () => {
  it('is read into the engine’s words and kept whole', () => {
    expect(parseMailgunEvent(event)).toEqual({
      kind: 'opened',
      id: 'Ase7i2zsRYeDXztHGENqRA',
      occurred_at: '2018-03-16T23:35:39.874Z',
      recipient: 'asha@mail.example',
      provider_message_id: 'attempt@mg.shop.example',
      message_token: 'opaque',
      tags: ['run'],
      ip: '50.56.129.169',
      automated: 'bot',
      raw: event,
    });
  });

  it.each([
    ['605', 'bounced'],
    ['606', 'unsubscribed'],
    ['607', 'complained'],
  ])('says that code %s means the provider has the address as %s', (code, suppressed) => {
    const failed = {
      ...event,
      event: 'failed',
      severity: 'permanent',
      reason: 'generic',
      'delivery-status': { code: Number(code), message: 'Not delivering' },
    };
    expect(parseMailgunEvent(failed)?.failure).toEqual({ permanence: 'permanent', code, reason: 'Not delivering', suppressed });
  });

  it('tells a failure for now from one for good', () => {
    const failed = {
      ...event,
      event: 'failed',
      severity: 'temporary',
      'delivery-status': { code: 451, message: '', description: 'Greylisted' },
    };
    expect(parseMailgunEvent(failed)?.failure).toEqual({ permanence: 'temporary', code: '451', reason: 'Greylisted' });
    expect(parseMailgunEvent({ ...failed, severity: 'permanent' })?.failure?.permanence).toBe('permanent');
  });

  it('is read without what is missing or of another type, and with kinds that are new', () => {
    const bare = {
      event: 'list_member_uploaded',
      id: 'x',
      timestamp: 1,
      recipient: 5,
      message: 'no',
      'user-variables': [],
      tags: null,
      'delivery-status': 7,
    };
    expect(parseMailgunEvent(bare)).toMatchObject({ kind: 'other', id: 'x', tags: [] });
  });

  it('takes an empty code or message id for none', () => {
    const empty = { ...event, event: 'failed', 'delivery-status': { code: '' }, message: { headers: { 'message-id': '<>' } } };
    expect(parseMailgunEvent(empty)).not.toHaveProperty('provider_message_id');
    expect(parseMailgunEvent(empty)?.failure).toEqual({ permanence: 'temporary', reason: 'no reason given' });
  });

  it('takes no name of the language for a kind or a reason', () => {
    const odd = { id: 'x', timestamp: 1, reason: 'toString', 'delivery-status': { code: 'valueOf' } };
    expect(parseMailgunEvent({ ...odd, event: 'constructor' })).toMatchObject({ kind: 'other' });
    const failed = parseMailgunEvent({ ...odd, event: 'failed' });
    expect(failed?.failure).toEqual({ permanence: 'temporary', code: 'valueOf', reason: 'toString' });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        parseMailgunEvent(body);
        parseMailgunWebhook(body);
      }),
    );
  });

  it('is null for what is no event, while its signature can still be checked', () => {
    expect(parseMailgunWebhook({ signature: vector, 'event-data': { id: 'x' } })).toEqual({ signature: vector, event: null });
    expect(parseMailgunWebhook({ 'event-data': event })).toBeNull();
  });
});
