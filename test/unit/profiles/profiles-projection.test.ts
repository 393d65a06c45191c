import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DecodedEvent } from '../../../contracts/events/decoded-event.js';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { canonicalJson } from '../../../contracts/canonical-json.js';
import { decodedEvent, type EventSketch } from '../../support/decoded-events.js';
import { customerStream, foldProfile, profilesIn } from '../../support/profiles.js';

const stream = 'customer-w1.70012';

function events(...sketches: readonly Omit<EventSketch, 'stream'>[]): readonly DecodedEvent[] {
  return sketches.map((sketch, revision) => decodedEvent({ stream, revision, ...sketch }));
}

function profileOf(...sketches: readonly Omit<EventSketch, 'stream'>[]): ProfileDocument {
  const profile = foldProfile(events(...sketches));
  if (profile === null) throw new Error('Expected a profile.');
  return profile;
}

const created = {
  type: 'customer.created',
  at: '2026-11-20T09:00:00.000Z',
  data: { city: 'Bandung', plan: 'gold' },
  hashes: { email: 'h1' },
  direct: ['email', 'first_name'],
};
const order = {
  type: 'order_created',
  at: '2026-11-22T18:00:00.000Z',
  source: 'commerce',
  data: { order_id: '9', amount_minor: 1990, currency: 'USD' },
};

describe('the profile', () => {
  it('holds attributes in plain and direct fields as references and hashes', () => {
    const profile = profileOf(created);
    expect(profile.attributes).toEqual({ city: 'Bandung', plan: 'gold' });
    expect(Object.keys(profile.direct)).toEqual(['email', 'first_name']);
    expect(profile.hashes).toEqual({ email: 'h1' });
  });

  it('counts each event type by local day, with sums by currency', () => {
    const [first, second] = events(created, order);
    const jakarta = foldProfile(
      [first, second].filter((event) => event !== undefined),
      'Asia/Jakarta',
    );
    expect(jakarta?.events.order_created).toEqual({
      total: 1,
      first: order.at,
      last: order.at,
      sums: { 'amount_minor.USD': 1990 },
      days: { '2026-11-23': { count: 1, last: order.at, sums: { 'amount_minor.USD': 1990 } } },
    });
    expect(Object.keys(profileOf(created, order).events.order_created?.days ?? {})).toEqual(['2026-11-22']);
  });

  it('unsets fields, and lets a late event change nothing that was said later', () => {
    const update = {
      type: 'customer.updated',
      at: '2026-11-21T00:00:00.000Z',
      data: { plan: 'basic', unset: ['city', 'email'] },
    };
    const late = {
      type: 'customer.updated',
      at: '2026-11-20T12:00:00.000Z',
      data: { city: 'Medan', plan: 'none', language: 'id' },
    };
    const profile = profileOf(created, update, late);
    expect(profile.attributes).toEqual({ plan: 'basic', language: 'id' });
    expect(profile.hashes).toEqual({});
    expect(Object.keys(profile.direct)).toEqual(['first_name']);
  });

  it('takes the later in the log of two that happened at the same time', () => {
    const same = { type: 'customer.updated', at: created.at, data: { city: 'Medan' } };
    expect(profileOf(created, same).attributes.city).toBe('Medan');
  });

  it('moves a field between plain and direct as its newest value asks', () => {
    const plain = { type: 'customer.updated', at: '2026-11-21T00:00:00.000Z', data: { note: 'likes tea' } };
    const direct = { type: 'customer.updated', at: '2026-11-22T00:00:00.000Z', direct: ['note'] };
    expect(profileOf(created, plain, direct).attributes.note).toBeUndefined();
    expect(profileOf(created, { ...direct, at: created.at }, plain).direct.note).toBeUndefined();
  });

  it('knows the address of someone whom only identifiers name, until their own data says otherwise', () => {
    const identified = { type: 'customer.identified', at: order.at, source: 'cebe', hashes: { email: 'h7' }, direct: ['email'] };
    const newer = { ...identified, at: '2026-11-23T00:00:00.000Z', hashes: { email: 'h8' } };
    const profile = profileOf(order, identified, newer);
    expect(profile.hashes).toEqual({ email: 'h8' });
    expect(profile.identifiers.map(({ hash }) => hash)).toEqual(['h7', 'h8']);
    expect(profileOf(order, identified, created, newer).hashes).toEqual({ email: 'h1' });
  });

  it('keeps what the customer last said about consent', () => {
    const granted = { type: 'consent.granted', at: '2026-11-20T00:00:00.000Z', data: { channel: 'email', purpose: 'marketing' } };
    const withdrawn = {
      type: 'consent.withdrawn',
      at: '2026-11-21T00:00:00.000Z',
      data: { channel: 'email', purpose: 'marketing', via: 'r1' },
    };
    const expected = { email: { marketing: { state: 'withdrawn', at: withdrawn.at, via: 'r1' } } };
    expect(profileOf(granted, withdrawn).consent).toEqual(expected);
    expect(profileOf(withdrawn, granted).consent).toEqual(expected);
  });

  it('follows the segments that the engine reports, and no others', () => {
    const entered = { type: 'segment.entered', at: order.at, data: { segment: 's1', revision: 2 } };
    expect(profileOf(order, entered).segments).toEqual({});
    expect(profileOf(order, { ...entered, source: 'cebe' }).segments).toEqual({ s1: { entered_at: order.at, revision: 2 } });
    const exited = { ...entered, type: 'segment.exited', source: 'cebe' };
    expect(profileOf(order, { ...entered, source: 'cebe' }, exited).segments).toEqual({});
  });

  it('follows an evaluation on the segment’s stream, for those it names', () => {
    const projection = profilesIn('UTC');
    const chunk = { type: 'segment.evaluated', stream: 'segment-w1.s1', at: order.at, source: 'cebe' };
    const entering = decodedEvent({ ...chunk, data: { entered: ['70012'], exited: ['70013'] } });
    expect(projection.keys(entering)).toEqual(['w1/70012', 'w1/70013']);
    const profile = profileOf(order);
    const member = projection.evolve(profile, entering, 'w1/70012');
    expect(member?.segments).toEqual({ s1: { entered_at: order.at } });
    expect(member?.revision).toBe(profile.revision);
    const leaving = decodedEvent({ ...chunk, data: { entered: [], exited: ['70012'] } });
    expect(projection.evolve(member, leaving, 'w1/70012')).toEqual(profile);
    expect(projection.evolve(null, entering, 'w1/70012')).toBeNull();
    expect(projection.keys(decodedEvent({ ...chunk, source: 'other', data: { entered: ['70012'], exited: [] } }))).toEqual([]);
  });

  it('says what an evaluation changes alike in many profiles, and that is what folding it gives', () => {
    const projection = profilesIn('UTC');
    const stream = 'segment-w1.s1';
    const data = { entered: ['70012', '70014'], exited: ['70013'] };
    const chunk = decodedEvent({ type: 'segment.evaluated', stream, at: order.at, source: 'cebe', data });
    const [leaving, entering, ...others] = projection.changes?.(chunk) ?? [];
    expect(others).toEqual([]);
    expect(leaving).toEqual({ keys: ['w1/70013'], path: ['segments', 's1'] });
    expect(entering).toMatchObject({ keys: ['w1/70012', 'w1/70014'], path: ['segments', 's1'] });
    const profile = profileOf(order);
    expect(projection.evolve(profile, chunk, 'w1/70012')).toEqual({ ...profile, segments: { s1: entering?.value } });
    const ofOthers = decodedEvent({ type: 'segment.evaluated', stream, at: order.at, source: 'other', data });
    for (const other of [ofOthers, decodedEvent({ ...order, stream: 'customer-w1.70012' })])
      expect(projection.changes?.(other)).toEqual([]);
  });

  it('is gone with the erasure, for good until the customer is reopened', () => {
    const erased = { type: 'customer.erased', at: order.at, source: 'cebe' };
    const reopened = { type: 'customer.reopened', at: '2026-11-25T00:00:00.000Z', source: 'cebe' };
    expect(foldProfile(events(created, order, erased))).toBeNull();
    expect(foldProfile(events(created, order, erased, order))).toBeNull();
    const again = foldProfile(events(created, order, erased, reopened, { ...order, at: '2026-11-26T00:00:00.000Z' }));
    expect(again?.attributes).toEqual({});
    expect(again?.events.order_created?.total).toBe(1);
  });

  it('keeps days that a window can reach and folds older ones into the lifetime figures', () => {
    const on = (at: string): typeof order => ({ ...order, at });
    const profile = profileOf(on('2024-11-21T12:00:00.000Z'), on('2024-11-22T12:00:00.000Z'), on('2026-11-22T12:00:00.000Z'));
    const counters = profile.events.order_created;
    expect(counters?.total).toBe(3);
    expect(counters?.first).toBe('2024-11-21T12:00:00.000Z');
    expect(Object.keys(counters?.days ?? {})).toEqual(['2024-11-22', '2026-11-22']);
  });

  it('folds imported history like anything else', () => {
    expect(profileOf({ ...order, backfill: 'i1' })).toEqual(profileOf(order));
  });

  it('is the same however the events are split into batches', () => {
    fc.assert(
      fc.property(customerStream('70012'), fc.array(fc.nat(30)), (log, splits) => {
        const projection = profilesIn('Europe/Berlin');
        const folded = log.reduce<ProfileDocument | null>((profile, event, index) => {
          const stored = splits.includes(index) && profile !== null ? parsed(JSON.stringify(profile)) : profile;
          return projection.evolve(stored, event, 'w1/70012');
        }, null);
        expect(canonicalJson(folded ?? {})).toBe(canonicalJson(foldProfile(log, 'Europe/Berlin') ?? {}));
      }),
    );
  });

  it('counts the same whatever order the events arrive in', () => {
    fc.assert(
      fc.property(
        customerStream('70012').chain((log) =>
          fc.tuple(fc.constant(log), fc.shuffledSubarray([...log], { minLength: log.length })),
        ),
        ([log, shuffled]) => {
          const renumbered = shuffled.map((event, revision) => ({ ...event, revision: BigInt(revision) }));
          const counted = foldProfile(renumbered);
          const { events: types, first_seen_at, last_seen_at } = counted ?? foldProfile(log) ?? {};
          expect(types).toEqual(foldProfile(log)?.events);
          if (log.every(({ metadata }) => metadata.source !== 'cebe')) {
            expect([first_seen_at, last_seen_at]).toEqual([foldProfile(log)?.first_seen_at, foldProfile(log)?.last_seen_at]);
          }
        },
      ),
    );
  });
});

function parsed(text: string): ProfileDocument {
  // What JSON.parse gives back here was a profile a moment ago.
  return JSON.parse(text) as ProfileDocument;
}
