import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProfileDocument } from '../../../contracts/read-models/profile.js';
import { combine } from '../../../domain/customer/combine.js';
import { decodedEvent } from '../../support/decoded-events.js';
import { customerStream, foldProfile } from '../../support/profiles.js';

function profileOf(customerId: string): fc.Arbitrary<ProfileDocument> {
  return customerStream(customerId)
    .map((log) => foldProfile(log))
    .filter((profile) => profile !== null);
}

const one = (customerId: string, type: string, at: string, data = {}): ProfileDocument => {
  const profile = foldProfile([decodedEvent({ stream: `customer-w1.${customerId}`, type, at, data })]);
  if (profile === null) throw new Error('Expected a profile.');
  return profile;
};

describe('profiles of one person combined', () => {
  it('do not depend on the order of the two', () => {
    fc.assert(fc.property(profileOf('1'), profileOf('2'), (a, b) => expect(combine(a, b)).toEqual(combine(b, a))));
  });

  it('do not depend on how three are grouped', () => {
    fc.assert(
      fc.property(profileOf('1'), profileOf('2'), profileOf('3'), (a, b, c) =>
        expect(combine(combine(a, b), c)).toEqual(combine(a, combine(b, c))),
      ),
    );
  });

  it('hold the stricter consent, whichever came last', () => {
    const about = { channel: 'email', purpose: 'marketing' };
    const withdrawn = one('1', 'consent.withdrawn', '2026-11-20T00:00:00.000Z', about);
    const granted = one('2', 'consent.granted', '2026-11-22T00:00:00.000Z', about);
    expect(combine(granted, withdrawn).consent.email?.marketing?.state).toBe('withdrawn');
  });

  it('add up what happened and take each field as it was set last', () => {
    const first = one('2', 'customer.created', '2026-11-20T00:00:00.000Z', { city: 'Bandung', plan: 'gold' });
    const second = one('1', 'customer.created', '2026-11-21T00:00:00.000Z', { city: 'Jakarta' });
    const both = combine(first, second);
    expect(both.customer_id).toBe('1');
    expect(both.attributes).toEqual({ city: 'Jakarta', plan: 'gold' });
    expect(both.events['customer.created']?.total).toBe(2);
    expect([both.first_seen_at, both.last_seen_at]).toEqual(['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z']);
  });
});
