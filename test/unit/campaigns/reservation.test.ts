import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../../../contracts/events/event.js';
import type { JsonObject } from '../../../contracts/json.js';
import { createAudience } from '../../../domain/campaign/audience.js';
import { answerReservation, foldForReservation, viewOf, type ReservationQuestion } from '../../../domain/campaign/reservation.js';
import { fullBucket, takeToken } from '../../../domain/campaign/token-bucket.js';

const question: ReservationQuestion = {
  run: 'r1',
  channel: 'email',
  purpose: 'marketing',
  rule: 'opt_out',
  address_hash: 'h',
  profileRevision: 3n,
  uncertain: 'refuses',
};

function event(
  type: string,
  plain: JsonObject,
  over: { source?: string; revision?: bigint; hashes?: Record<string, string>; at?: string } = {},
): RecordedEvent {
  const at = over.at ?? '2026-11-22T10:00:00.000Z';
  return {
    id: '0',
    type,
    stream: 'customer-w1.c1',
    revision: over.revision ?? 4n,
    position: 4n,
    data: { plain, hashes: over.hashes ?? {}, sealed: [] },
    metadata: {
      workspace_id: 'w1',
      message_id: 'm',
      source: over.source ?? 'cebe',
      schema_version: 1,
      occurred_at: at,
      received_at: at,
      correlation_id: 'x',
      causation_id: 'x',
      actor: 'test',
    },
  };
}

const fresh = viewOf(undefined, undefined, []);
const ask = (events: readonly RecordedEvent[], over: Partial<ReservationQuestion> = {}, view = fresh) => {
  const asked = { ...question, ...over };
  return answerReservation(
    events.reduce((folded, one) => foldForReservation(folded, one, asked), view),
    asked,
  );
};
const withdrawn = event('consent.withdrawn', { channel: 'email', purpose: 'marketing' }, { source: 'shop' });
const reserved = event('campaign.message_reserved', { run: 'r1', attempt_id: 'a' });

describe('a reservation', () => {
  it('is given when nothing speaks against it', () => {
    expect(ask([])).toEqual({ kind: 'reserve' });
    expect(ask([event('order_created', {}, { source: 'shop' })])).toEqual({ kind: 'reserve' });
  });

  it('is refused behind a withdrawal, from whatever source, of this channel and purpose', () => {
    expect(ask([withdrawn])).toEqual({ kind: 'suppress', reason: 'unsubscribed' });
    expect(ask([event('consent.withdrawn', { channel: 'sms', purpose: 'marketing' })])).toEqual({ kind: 'reserve' });
    const granted = (at: string) => event('consent.granted', { channel: 'email', purpose: 'marketing' }, { at });
    expect(ask([withdrawn, granted('2026-11-22T10:00:00.001Z')])).toEqual({ kind: 'reserve' });
  });

  it('is refused where a withdrawal and a grant are of the same instant, and behind a grant of longer ago', () => {
    const granted = (at: string) => event('consent.granted', { channel: 'email', purpose: 'marketing' }, { at });
    for (const at of ['2026-11-22T10:00:00.000Z', '2026-11-22T09:00:00.000Z']) {
      expect(ask([withdrawn, granted(at)])).toEqual({ kind: 'suppress', reason: 'unsubscribed' });
      expect(ask([granted(at), withdrawn])).toEqual({ kind: 'suppress', reason: 'unsubscribed' });
    }
  });

  it('needs a grant where the workspace demands opt-in', () => {
    expect(ask([], { rule: 'opt_in' })).toEqual({ kind: 'suppress', reason: 'unsubscribed' });
    expect(ask([event('consent.granted', { channel: 'email', purpose: 'marketing' })], { rule: 'opt_in' })).toEqual({
      kind: 'reserve',
    });
  });

  it('is refused while another attempt is open, and given after a definitive refusal', () => {
    expect(ask([reserved])).toEqual({ kind: 'taken' });
    for (const type of ['lapsed', 'failed']) {
      expect(ask([reserved, event(`campaign.message_${type}`, { run: 'r1', attempt_id: 'a' })])).toEqual({ kind: 'reserve' });
    }
    const uncertain = event('campaign.message_uncertain', { run: 'r1', attempt_id: 'a' });
    expect(ask([reserved, uncertain])).toEqual({ kind: 'taken' });
    expect(ask([reserved, uncertain], { uncertain: 'is_sent_again' })).toEqual({ kind: 'reserve' });
    const opened = event('campaign.message_opened', { run: 'r1', attempt_id: 'a' });
    expect(ask([reserved, uncertain, opened], { uncertain: 'is_sent_again' })).toEqual({ kind: 'taken' });
  });

  it('heeds neither other runs nor what modules say about campaigns', () => {
    expect(ask([event('campaign.message_reserved', { run: 'r2', attempt_id: 'a' })])).toEqual({ kind: 'reserve' });
    expect(ask([event('campaign.message_sent', { run: 'r1', attempt_id: 'a' }, { source: 'shop' })])).toEqual({
      kind: 'reserve',
    });
  });

  it('is put off when the customer changed behind the profile, not when the profile shows it', () => {
    const moved = { hashes: { email: 'h2' }, source: 'shop' };
    expect(ask([event('customer.updated', {}, { ...moved, revision: 4n })])).toEqual({ kind: 'stale' });
    expect(ask([event('customer.updated', {}, { ...moved, revision: 3n })])).toEqual({ kind: 'reserve' });
    expect(ask([event('customer.erased', {}, { revision: 4n })])).toEqual({ kind: 'suppress', reason: 'erased' });
  });

  it('heeds a module that suppresses the address', () => {
    const said = (hash: string) =>
      event('suppression.added', { reason: 'complained' }, { source: 'shop', hashes: { email: hash } });
    expect(ask([said('h')])).toEqual({ kind: 'suppress', reason: 'complained' });
    expect(ask([said('h9')])).toEqual({ kind: 'reserve' });
  });
});

describe('an audience', () => {
  it('writes to an address once', () => {
    const audience = createAudience(0, ['h0']);
    audience.add({ customer: 'a', address_hash: 'h1', revision: '0' });
    audience.add({ customer: 'b', address_hash: 'h1', revision: '0' });
    audience.add({ customer: 'c', address_hash: 'h0', revision: '0' });
    audience.add({ customer: 'd', reason: 'no_address' });
    expect(audience.rest()).toEqual({
      chunk: 1,
      recipients: [{ customer: 'a', address_hash: 'h1', revision: '0' }],
      suppressed: [
        { customer: 'b', reason: 'duplicate_address' },
        { customer: 'c', reason: 'duplicate_address' },
        { customer: 'd', reason: 'no_address' },
      ],
    });
    expect(audience.rest()).toBeNull();
  });

  it('keeps chunks within 5,000 members and 512 KB', () => {
    for (const idLength of [1, 64]) {
      const audience = createAudience(3, []);
      const chunks = Array.from({ length: 12_000 }, (_, index) =>
        audience.add({
          customer: String(index).padStart(idLength, '0'),
          address_hash: `${index}`.padEnd(32, 'h'),
          revision: '99999',
        }),
      ).filter((chunk) => chunk !== null);
      const all = [...chunks, audience.rest()].filter((chunk) => chunk !== null);
      expect(all.map(({ chunk }) => chunk)).toEqual(all.map((_, index) => index + 4));
      expect(all.reduce((sum, { recipients }) => sum + recipients.length, 0)).toBe(12_000);
      for (const chunk of all) {
        expect(chunk.recipients.length).toBeLessThanOrEqual(5_000);
        expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThanOrEqual(512_000);
      }
    }
  });
});

describe('a throttle', () => {
  it.each([0.5, 1, 20, 50, 1_000])('gives out at most %p in any second', (perSecond) => {
    let bucket = fullBucket(perSecond, 0);
    const given: number[] = [];
    for (let now = 0; now < 5_000;) {
      const taken = takeToken(bucket, perSecond, now);
      bucket = taken.bucket;
      if (taken.waitMs === 0) given.push(now);
      else now += taken.waitMs;
    }
    const most = Math.max(...given.map((from) => given.filter((at) => at >= from && at < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(perSecond < 50 ? Math.ceil(perSecond) + 1 : perSecond);
    expect(given.length).toBeGreaterThan(perSecond * 5 * 0.85);
  });
});
