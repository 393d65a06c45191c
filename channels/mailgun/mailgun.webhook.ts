import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ProviderEvent } from '../provider-event.js';
import { parseMailgunEvent } from './mailgun-event.js';

/** What Mailgun signs: not the event, only these two. The token is good for one event. */
export interface MailgunSignature {
  /** Seconds since 1970, as text. */
  readonly timestamp: string;
  readonly token: string;
  /** Hex HMAC-SHA-256 of timestamp and token. */
  readonly signature: string;
}

/** A callback as it came: its signature is not checked yet, and its event may be unreadable. */
export interface MailgunWebhook {
  readonly signature: MailgunSignature;
  readonly event: ProviderEvent | null;
}

/** `expired`: signed by the key, but older than claims on tokens are kept, or from the future. */
export type SignatureCheck = 'valid' | 'forged' | 'expired';

/** How long a token is claimed, and so how old a callback may be. */
export const WEBHOOK_MAX_AGE_MS = 48 * 3_600_000;
const MAX_AHEAD_MS = 3_600_000;

const webhookBody = z.looseObject({
  signature: z.looseObject({
    timestamp: z.union([z.string().regex(/^\d{1,12}$/), z.number().int().nonnegative().max(1e12).transform(String)]),
    token: z.string().min(1).max(200),
    signature: z.string().max(200),
  }),
  'event-data': z.unknown(),
});

/** Takes the body of a callback apart; null when it has no signature to check. */
export function parseMailgunWebhook(body: unknown): MailgunWebhook | null {
  const parsed = webhookBody.safeParse(body);
  if (!parsed.success) return null;
  const { timestamp, token, signature } = parsed.data.signature;
  return { signature: { timestamp, token, signature }, event: parseMailgunEvent(parsed.data['event-data']) };
}

/** Whether the account's signing key made the signature; compared in constant time. `now` is in ms since 1970. */
export function checkMailgunSignature(signed: MailgunSignature, signingKey: Uint8Array | string, now: number): SignatureCheck {
  const expected = createHmac('sha256', signingKey).update(signed.timestamp).update(signed.token).digest();
  const given = Buffer.from(/^[0-9a-f]{64}$/i.test(signed.signature) ? signed.signature : '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
  const age = now - Number(signed.timestamp) * 1000;
  return age > WEBHOOK_MAX_AGE_MS || age < -MAX_AHEAD_MS ? 'expired' : 'valid';
}
