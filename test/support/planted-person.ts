import type { EngineUnderTest } from './engine.js';

/** Values that stand for a person's, and are found wherever they are left. */
export const planted = {
  email: 'Kenari.Rahasia@mail.example',
  phone: '+6281377712345',
  firstName: 'Kenarina',
  lastName: 'Rahasiawati',
  address: 'Jalan Kenari Emas 99',
  visitor: 'visitor-kenari-4711',
  externalId: 'loyalty:kenari-0815',
  freeText: 'likes yellow kenari birds',
  city: 'Kotakenarigede',
} as const;

/** Those that must stand nowhere in the clear, whatever happens. */
export const direct = [
  planted.email,
  planted.email.toLowerCase(),
  planted.phone,
  planted.phone.slice(1),
  planted.firstName,
  planted.lastName,
  planted.address,
  planted.externalId,
];

/** Those that documents may hold until the person is erased. */
export const quasi = [planted.city];

export const PERSON = '70012';

const { email, phone, firstName, lastName, address, visitor, externalId, city } = planted;
const times = { created_at: '2026-11-20T10:00:00Z' };

/** What modules know of the person. */
export const pushes = [
  {
    type: 'customer.created',
    message_id: 'kenari-1',
    customer: { qontak_customer_id: PERSON, identifiers: { email, phone, external_id: externalId, anonymous_id: visitor } },
    properties: { first_name: firstName, last_name: lastName, address, city, plan: 'gold', ...times },
    context: { ip: '203.0.113.77', page: { title: planted.freeText } },
  },
  {
    type: 'order_created',
    message_id: 'kenari-2',
    customer: { identifiers: { email } },
    properties: { order_id: 'o-1', amount: '19.90', currency: 'USD', note: email, ...times },
  },
  {
    type: 'call_logged',
    message_id: 'kenari-3',
    customer: { identifiers: { phone } },
    properties: { call_id: `call ${phone}`, agent_id: email, duration_sec: 5, ...times },
  },
  {
    type: 'module_of_our_own',
    message_id: 'kenari-4',
    customer: { identifiers: { anonymous_id: visitor } },
    properties: { e: email },
  },
];

/** Entries about the person that cannot be accepted. */
export const refusals = [
  {
    type: 'order_created',
    message_id: 'kenari-5',
    customer: { identifiers: { email } },
    properties: { order_id: 7, note: firstName },
  },
  { type: 'order_created', message_id: 'kenari-6', customer: {}, properties: { phone } },
];

/** The person, brought in every way that there is. */
export async function plantPerson(open: EngineUnderTest): Promise<string> {
  await open.call('POST', '/v1/events', { body: { events: pushes }, headers: { 'idempotency-key': 'planting' } });
  await open.call('POST', '/v1/events', { body: { events: refusals } });
  const { body: opened } = await open.call('POST', '/v1/imports', { body: { label: 'history' } });
  const id = String(opened['import_id']);
  const history = [{ ...pushes[1], message_id: 'kenari-7', occurred_at: '2025-01-01T00:00:00Z' }];
  await open.call('POST', `/v1/events?mode=backfill&import=${id}`, { body: { events: history } });
  await open.call('POST', `/v1/imports/${id}/finish`);
  const last = await open.call('POST', '/v1/events', { body: { events: [{ ...pushes[0], message_id: 'kenari-8' }] } });
  return String(last.body['position']);
}
