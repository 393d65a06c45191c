import type { WebhookReader } from '../webhook.port.js';
import { checkMailgunSignature, parseMailgunWebhook } from './mailgun.webhook.js';

/** Reads Mailgun's callbacks. */
export const mailgunWebhooks: WebhookReader = {
  provider: 'mailgun',
  read(body, signingKey, now) {
    const webhook = parseMailgunWebhook(body);
    if (webhook === null) return { kind: 'refused', reason: 'unsigned' };
    const check = checkMailgunSignature(webhook.signature, signingKey, now);
    if (check !== 'valid') return { kind: 'refused', reason: check };
    return { kind: 'signed', token: webhook.signature.token, event: webhook.event };
  },
};
