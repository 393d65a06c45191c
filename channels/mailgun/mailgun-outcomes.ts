import type { RefusedOutcome, SendOutcome, UnknownOutcome } from '../channel.port.js';
import { MailgunAnswerError, MailgunNetworkError } from './mailgun.errors.js';

const codes: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'domain_unknown',
  408: 'request_timeout',
  413: 'message_too_large',
  429: 'rate_limited',
  503: 'provider_unavailable',
};

// Answers that say "not now": nothing was taken.
const temporaryStatuses = new Set([408, 425, 429, 503]);

/** The milliseconds of a Retry-After header (seconds or a date); undefined when there is none that can be read. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function answered(error: MailgunAnswerError, now: number): RefusedOutcome | UnknownOutcome {
  const { status, message: reason } = error;
  const temporary = temporaryStatuses.has(status);
  // 500, 502, 504, …: the message may have been queued before whatever failed did.
  if (status >= 500 && !temporary) return { kind: 'unknown', reason: `Mailgun answered ${String(status)}: ${reason}` };
  const wait = retryAfterMs(error.retryAfter, now);
  return {
    kind: 'refused',
    permanence: temporary || status < 400 ? 'temporary' : 'permanent',
    code: codes[status] ?? `http_${String(status)}`,
    reason,
    ...(wait === undefined ? {} : { retry_after_ms: wait }),
  };
}

/**
 * What a failed send means. Refused for good: 4xx. Refused for now: 3xx, 408, 425, 429, 503, and what failed before the first byte left. Everything
 * else, a reset or a time-out among it, is unknown.
 */
export function failureOutcome(error: unknown, now: number): SendOutcome {
  if (error instanceof MailgunAnswerError) return answered(error, now);
  if (error instanceof MailgunNetworkError) {
    if (error.sent === 'perhaps') return { kind: 'unknown', reason: error.message };
    return { kind: 'refused', permanence: 'temporary', code: 'connection_failed', reason: error.message };
  }
  return { kind: 'unknown', reason: error instanceof Error ? error.message : 'the send failed in a way that is not known' };
}
