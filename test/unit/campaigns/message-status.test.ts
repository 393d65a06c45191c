import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextActions } from '../../../domain/campaign/next-actions.js';
import { evolveMessage, type MessageFact } from '../../../domain/campaign/message-status.js';
import { parseSummary, summaryOf } from '../../../domain/campaign/message-summary.js';
import { funnelOf } from '../../../domain/campaign/funnel.js';
import type { MessageDocument } from '../../../contracts/read-models/message.js';

const place = { run: 'r1', customer_id: 'c1', at: '2026-11-22T10:00:00.000Z' };
const now = Date.parse(place.at);

function fold(...facts: readonly MessageFact[]): MessageDocument {
  const message = facts.reduce<MessageDocument | null>(
    (known, fact, revision) => evolveMessage(known, fact, { ...place, revision: String(revision) }),
    null,
  );
  if (message === null) throw new Error('expected a fact');
  return message;
}

const recipient: MessageFact = { kind: 'recipient', address_hash: 'h', revision: '0' };
const reserved = (attempt: string): MessageFact => ({ kind: 'reserved', attempt, address_hash: 'h', revision: '1' });
const refused = (attempt: string, retry_at?: string): MessageFact => ({
  kind: 'failed',
  attempt,
  reason: 'rate_limited',
  round: 0,
  ...(retry_at === undefined ? {} : { retry_at }),
});
const uncertain = (attempt: string): MessageFact => ({ kind: 'uncertain', attempt, reason: 'connection_lost', round: 0 });

describe('what is known of a message', () => {
  it('goes from pending to sent', () => {
    expect(fold(recipient)).toMatchObject({ outcome: 'pending', work: 'r1/send' });
    expect(fold(recipient, reserved('a'))).toMatchObject({ outcome: 'reserved', work: 'r1/look_up' });
    const sent = fold(recipient, reserved('a'), { kind: 'sent', attempt: 'a' });
    expect(sent).toMatchObject({ outcome: 'sent', attempts: [{ id: 'a', state: 'sent' }], revision: '2' });
    expect(sent.work).toBeUndefined();
  });

  it('waits for another attempt after a refusal for now, and fails after one for good', () => {
    const later = '2026-11-22T10:01:00.000Z';
    expect(fold(recipient, reserved('a'), refused('a', later))).toMatchObject({
      outcome: 'retrying',
      retry_at: later,
      work: 'r1/send',
    });
    const failed = fold(recipient, reserved('a'), refused('a'));
    expect(failed).toMatchObject({ outcome: 'failed', failure: 'rate_limited', summary: 'failed||rate_limited' });
    expect(fold(recipient, reserved('a'), { kind: 'lapsed', attempt: 'a' })).toMatchObject({ outcome: 'pending' });
  });

  it('turns uncertain into sent, whenever that becomes known', () => {
    const message = fold(recipient, reserved('a'), uncertain('a'), { kind: 'delivered', attempt: 'a' });
    expect(message).toMatchObject({ outcome: 'sent', counts: { delivered: 1 } });
    expect(message.reason).toBeUndefined();
  });

  it('takes what was sent for sent, whatever is thought of it later', () => {
    const sent: MessageFact = { kind: 'sent', attempt: 'a' };
    for (const later of [
      uncertain('a'),
      refused('a'),
      { kind: 'cancelled' },
      { kind: 'suppressed', reason: 'unsubscribed' },
    ] as const) {
      expect(fold(recipient, reserved('a'), sent, later)).toMatchObject({ outcome: 'sent' });
    }
    expect(fold(recipient, reserved('a'), uncertain('a'), reserved('b'), refused('b'), sent)).toMatchObject({ outcome: 'sent' });
  });

  it('comes out the same in whatever order callbacks and the record of the send come', () => {
    const facts: readonly MessageFact[] = [
      { kind: 'sent', attempt: 'a' },
      { kind: 'delivered', attempt: 'a' },
      { kind: 'opened', attempt: 'a', by: 'person' },
      { kind: 'opened', attempt: 'a', by: 'machine' },
      { kind: 'clicked', attempt: 'a', by: 'person' },
      { kind: 'complained', attempt: 'a' },
      { kind: 'unsubscribed' },
    ];
    const whole = fold(recipient, reserved('a'), ...facts);
    fc.assert(
      fc.property(fc.shuffledSubarray([...facts], { minLength: facts.length }), (shuffled) => {
        const message = fold(recipient, reserved('a'), ...shuffled);
        expect([message.outcome, message.summary, message.counts]).toEqual([whole.outcome, whole.summary, whole.counts]);
      }),
    );
  });

  it('implies delivered and sent from any sign of a reader', () => {
    for (const kind of ['opened', 'clicked'] as const) {
      const message = fold(recipient, reserved('a'), { kind, attempt: 'a', by: 'person' });
      expect(message.outcome).toBe('sent');
      expect(parseSummary(message.summary).counts).toMatchObject({ delivered: 1, [kind]: 1 });
    }
  });

  it('leaves a dropped failure failed, waiting for nobody', () => {
    const message = fold(recipient, reserved('a'), refused('a'), { kind: 'dropped' });
    expect(message).toMatchObject({ outcome: 'failed', summary: 'failed||rate_limited' });
    expect([message.failure, message.work]).toEqual([undefined, undefined]);
  });

  it('says in one text what the funnel counts', () => {
    const counts = { delivered: 1, opened: 12, clicked: 2, opened_by_machine: 3 };
    const text = summaryOf({ outcome: 'sent', counts });
    expect(parseSummary(text)).toEqual({ outcome: 'sent', counts });
    expect(parseSummary(summaryOf({ outcome: 'failed', counts: {}, reason: 'a|b' }))).toEqual({
      outcome: 'failed',
      counts: {},
      reason: 'a|b',
    });
  });
});

describe('the funnel', () => {
  it('adds up to the audience and names each denominator', () => {
    const funnel = funnelOf(
      new Map([
        ['sent||', 3],
        ['sent|d1o2c1|', 2],
        ['sent|d1|', 4],
        ['sent|b1|', 1],
        ['suppressed||unsubscribed', 2],
        ['failed||http_400', 1],
        ['retrying||', 1],
      ]),
    );
    expect(funnel.audience).toBe(14);
    expect(funnel.outcomes).toEqual({ pending: 1, sent: 10, failed: 1, uncertain: 0, cancelled: 0, suppressed: 2 });
    expect(funnel.suppressed_by_reason).toEqual({ unsubscribed: 2 });
    expect(funnel.steps.delivered).toEqual({ people: 6, total: 6, of: 'sent', denominator: 10, rate: 0.6 });
    expect(funnel.steps.opened).toEqual({ people: 2, total: 4, of: 'delivered', denominator: 6, rate: 2 / 6 });
    expect(funnel.steps.bounced).toEqual({ people: 1, total: 1, of: 'sent', denominator: 10, rate: 0.1 });
    expect(funnelOf(new Map()).steps.opened.rate).toBeUndefined();
  });
});

describe('what is to be done next', () => {
  const ask = (messages: readonly MessageDocument[], over: Partial<Parameters<typeof nextActions>[0]> = {}, at = now) =>
    nextActions({ phase: 'sending', reopenings: [], messages, lookedUpAt: () => undefined, ...over }, 10, at);

  it('sends what is pending, and only while the run is sending', () => {
    expect(ask([fold(recipient)]).actions).toMatchObject([{ kind: 'send', uncertain: 'refuses' }]);
    for (const phase of ['paused', 'cancelled', 'completed', 'gathering'] as const) {
      expect(ask([fold(recipient)], { phase }).actions).toEqual([]);
    }
  });

  it('waits until a retry is due', () => {
    const message = fold(recipient, reserved('a'), refused('a', new Date(now + 8_000).toISOString()));
    expect(ask([message])).toEqual({ actions: [], nextDue: now + 8_000 });
    expect(ask([message], {}, now + 8_000).actions).toHaveLength(1);
  });

  it('looks up what is unknown, with growing pauses, for half an hour, and never sends it by itself', () => {
    const message = fold(recipient, reserved('a'), uncertain('a'));
    expect(ask([message], {}, now).actions).toMatchObject([{ kind: 'look_up', attempt: { id: 'a' } }]);
    const later = ask([message], { lookedUpAt: () => now + 60_000 }, now + 60_001);
    expect(later.actions).toEqual([]);
    expect(later.nextDue).toBeGreaterThan(now + 80_000);
    expect(ask([message], {}, now + 31 * 60_000)).toEqual({ actions: [], nextDue: null });
  });

  it('looks up a reservation without an outcome only when its writer must be through', () => {
    const message = fold(recipient, reserved('a'));
    expect(ask([message])).toEqual({ actions: [], nextDue: now + 5_000 });
    expect(ask([message], {}, now + 5_000).actions).toMatchObject([{ kind: 'look_up' }]);
  });

  it('tries failures again when a person asks, once for each time', () => {
    const failed = fold(recipient, reserved('a'), refused('a'));
    const again = { include_uncertain: false };
    expect(ask([failed]).actions).toEqual([]);
    expect(ask([failed], { reopenings: [again] }).actions).toMatchObject([{ kind: 'send', uncertain: 'refuses' }]);
    expect(ask([{ ...failed, round: 1 }], { reopenings: [again] }).actions).toEqual([]);
    expect(ask([failed], { reopenings: [{ ...again, group: 'other' }] }).actions).toEqual([]);
    expect(ask([failed], { reopenings: [{ ...again, group: 'rate_limited' }] }).actions).toHaveLength(1);
    expect(ask([failed], { reopenings: [{ ...again, customers: ['c2'] }] }).actions).toEqual([]);
  });

  it('sends what is uncertain only when a person includes it', () => {
    const message = fold(recipient, reserved('a'), uncertain('a'));
    const old = now + 60 * 60_000;
    expect(ask([message], { reopenings: [{ include_uncertain: false }] }, old).actions).toEqual([]);
    expect(ask([message], { reopenings: [{ include_uncertain: true }] }, old).actions).toMatchObject([
      { kind: 'send', uncertain: 'is_sent_again' },
    ]);
  });

  it('does no more than it is asked for', () => {
    expect(
      nextActions(
        {
          phase: 'sending',
          reopenings: [],
          messages: Array.from({ length: 5 }, () => fold(recipient)),
          lookedUpAt: () => undefined,
        },
        3,
        now,
      ).actions,
    ).toHaveLength(3);
  });
});
