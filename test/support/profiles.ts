import fc from 'fast-check';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { createProfilesProjection } from '../../projections/profiles/profiles.projection.js';
import { testHash } from './rules.js';
import { decodedEvent, type EventSketch } from './decoded-events.js';

/** Profiles of workspaces that are all in one zone; `order_created` is measured as in the registry. */
export function profilesIn(zone: string) {
  return createProfilesProjection({
    zoneOf: () => zone,
    measuresOf: (type) => (type === 'order_created' ? [{ field: 'amount_minor', per: 'currency' }, { field: 'quantity' }] : []),
  });
}

/** The profile that the events of one customer's stream give. */
export function foldProfile(events: readonly DecodedEvent[], zone = 'UTC'): ProfileDocument | null {
  const projection = profilesIn(zone);
  return events.reduce<ProfileDocument | null>((profile, event) => {
    const [key] = projection.keys(event);
    return key === undefined ? profile : projection.evolve(profile, event, key);
  }, null);
}

const DAY = 86_400_000;
const base = Date.parse('2026-11-22T00:00:00.000Z');

/** Instants around 2026-11-22: some close together, some years back. */
export const instants: fc.Arbitrary<string> = fc
  .oneof(fc.integer({ min: 0, max: 5 * DAY }), fc.integer({ min: 0, max: 1_000 * DAY }), fc.constant(0))
  .map((back) => new Date(base - back).toISOString());

const attributeValues = fc.oneof(
  fc.constantFrom('Bandung', 'Jakarta', '\u{1F600}', ''),
  fc.integer({ min: 0, max: 9 }),
  fc.boolean(),
  fc.array(fc.constantFrom('a', 'Jakarta', 3), { maxLength: 2 }),
);
const fields = fc.constantFrom('city', 'plan', 'score', '__proto__', 'constructor');

type Fact = Omit<EventSketch, 'stream' | 'at' | 'revision'>;

const attributes = fc.dictionary(fields, attributeValues, { maxKeys: 3 });
const hash = fc.constantFrom('h1', 'h2', testHash('ada') ?? '');
const orders: fc.Arbitrary<Fact> = fc
  .record({
    amount_minor: fc.integer({ min: 0, max: 9_999 }),
    currency: fc.constantFrom('USD', 'IDR'),
    quantity: fc.integer({ min: 1, max: 5 }),
  })
  .map((data) => ({ type: 'order_created', data }));

const facts: fc.Arbitrary<Fact> = fc.oneof(
  { weight: 3, arbitrary: orders },
  fc.constantFrom<Fact>({ type: 'call_logged', data: {} }, { type: 'email_opened', data: {} }),
  fc.tuple(attributes, fc.option(hash)).map(([data, email]): Fact => ({
    type: 'customer.updated',
    data,
    ...(email === null ? {} : { hashes: { email }, direct: ['email'] }),
  })),
  fc.uniqueArray(fields, { maxLength: 2 }).map((unset): Fact => ({ type: 'customer.updated', data: { unset } })),
  fc.tuple(fc.constantFrom('email', 'phone'), hash).map(([kind, value]): Fact => ({
    type: 'customer.identified',
    source: 'cebe',
    hashes: { [kind]: value },
    direct: [kind],
  })),
  fc
    .tuple(fc.constantFrom('consent.granted', 'consent.withdrawn'), fc.constantFrom('marketing', 'news'))
    .map(([type, purpose]): Fact => ({ type, data: { channel: 'email', purpose } })),
  fc
    .tuple(fc.constantFrom('segment.entered', 'segment.exited'), fc.constantFrom('s1', 's2'))
    .map(([type, segment]): Fact => ({ type, source: 'cebe', data: { segment, revision: 1 } })),
);

/** A stream of one customer, in log order; what happened when is unordered. */
export function customerStream(customerId: string): fc.Arbitrary<readonly DecodedEvent[]> {
  return fc
    .array(fc.tuple(facts, instants), { minLength: 1, maxLength: 30 })
    .map((entries) =>
      entries.map(([fact, at], revision) => decodedEvent({ ...fact, at, revision, stream: `customer-w1.${customerId}` })),
    );
}
