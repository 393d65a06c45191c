import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseFailureReason } from '../../../domain/campaign/failure-reason.js';
import { messageRetryPolicy, nextRetryDelay } from '../../../domain/campaign/retry.js';

describe('the delay before another attempt', () => {
  it('grows by the factor and ends with the attempts', () => {
    const delays = [1, 2, 3, 4, 5].map((attempt) => nextRetryDelay(messageRetryPolicy, { attempt, random: 0 }));
    expect(delays).toEqual([2_000, 8_000, 32_000, 128_000, null]);
  });

  it('is never longer than the most, nor shorter than what the provider asks', () => {
    const policy = { ...messageRetryPolicy, attempts: 50 };
    expect(nextRetryDelay(policy, { attempt: 40, random: 0 })).toBe(600_000);
    expect(nextRetryDelay(policy, { attempt: 1, random: 0.9, retry_after_ms: 60_000 })).toBe(60_000);
  });

  it('is spread by jitter within its part', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const full = 2_000 * 4 ** (attempt - 1);
          const delay = nextRetryDelay(messageRetryPolicy, { attempt, random }) ?? -1;
          expect(delay).toBeGreaterThanOrEqual(full / 2 - 1);
          expect(delay).toBeLessThanOrEqual(full);
        },
      ),
    );
  });
});

describe('the normalised reason of a failure', () => {
  it.each([
    ['550 5.1.1 <asha@mail.example>: Recipient address rejected', '550 5.1.1 <address>: recipient address rejected'],
    [
      '4.2.2 The email account that you tried to reach is over quota. Visit https://support.google.com/mail/?p=OverQuota x12-20020a05',
      '4.2.2 the email account that you tried to reach is over quota. visit <url> <id>',
    ],
    ['connect ECONNREFUSED 127.0.0.1:54321', 'connect econnrefused <ip>'],
    ['blocked since 2026-11-22T10:00:00.000Z for 86400 s', 'blocked since <time> for <n> s'],
    ['no such user "asha kumar" here\r\n  (in reply to RCPT TO)', 'no such user <value> here (in reply to rcpt to)'],
    ['attempt 6f1d5a0e-5d0c-5b6e-9a53-0a4c3c1f7a01 refused', 'attempt <id> refused'],
    ['caller +6281234567890 unknown', 'caller <n> unknown'],
  ])('%s', (reason, normalised) => {
    expect(normaliseFailureReason(reason)).toBe(normalised);
  });

  it('groups what differs only in address, number or id', () => {
    const reason = (address: string, number: number): string => `452 4.2.2 ${address} mailbox full (${String(number)})`;
    fc.assert(
      fc.property(
        fc.emailAddress(),
        fc.emailAddress(),
        fc.integer({ min: 1000 }),
        fc.integer({ min: 1000 }),
        (one, two, m, n) => {
          expect(normaliseFailureReason(reason(`<${one.replace(/[=]/g, '')}>`, m))).toBe(
            normaliseFailureReason(reason(`<${two.replace(/[=]/g, '')}>`, n)),
          );
          expect(normaliseFailureReason(`to ${one}, ${two}`)).not.toContain('@');
        },
      ),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (reason) => {
        const once = normaliseFailureReason(reason);
        expect(normaliseFailureReason(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});
