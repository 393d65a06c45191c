import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  findContract,
  isUnknownModuleType,
  listContracts,
  measuresOf,
  parseIntake,
  parseStored,
  standingOf,
} from '../../../contracts/events/registry.js';
import { listUpcasters } from '../../../contracts/events/upcasters.js';
import type { JsonObject } from '../../../contracts/json.js';
import { wireExample } from '../../../contracts/schema-export.js';
import { arbitraryBody } from '../../support/arbitrary-body.js';

const looksPersonal = (): boolean => false;
const contracts = listContracts();
const cases = contracts.map((contract) => [contract.type, contract] as const);

describe('the registry', () => {
  it('declares every type of the first families', () => {
    const declared = contracts.map(({ type }) => type);
    const families = {
      customer: 'created updated identified merge_requested erase_requested',
      identity: 'claimed released',
      consent: 'granted withdrawn',
      suppression: 'added removed',
      import: 'started finished',
      segment: 'defined revised archived evaluation_started evaluated evaluation_finished entered exited',
      campaign:
        'defined revised message_reserved message_lapsed message_sent message_delivered message_opened message_clicked message_bounced message_complained message_failed message_uncertain message_suppressed',
      campaign_run: 'started audience_chunk audience_sealed recipients_cancelled paused resumed cancelled completed missed',
      projection: 'switched',
      template: 'defined revised',
      ad: 'impression clicked lead_submitted converted spend_recorded',
      quarantine: 'received retried dropped expired',
    };
    const wanted = Object.entries(families).flatMap(([family, names]) => names.split(' ').map((name) => `${family}.${name}`));
    const modules = {
      communication:
        'whatsapp_sent whatsapp_delivered whatsapp_read whatsapp_received call_logged call_missed email_opened email_received chat_started chat_message_received chat_closed',
      service: 'ticket_created ticket_assigned ticket_resolved ticket_reopened csat_submitted',
      loyalty: 'points_earned points_redeemed points_expired tier_changed reward_claimed',
      sales: 'lead_created deal_created deal_stage_changed deal_won deal_lost quote_sent task_completed',
      commerce: 'order_created order_paid order_fulfilled order_cancelled order_refunded',
      storefront: 'cart_updated cart_abandoned product_viewed checkout_started',
    };
    const pushed = Object.values(modules).flatMap((names) => names.split(' '));
    expect(declared).toEqual(expect.arrayContaining([...wanted, ...pushed]));
    expect(pushed.filter((type) => findContract(type)?.intake !== true)).toEqual([]);
  });

  it.each(cases.filter(([, { openBefore }]) => openBefore))('%s reads what was recorded before it was declared', (type) => {
    const before = { x_any: 1, amount: 'a lot', created_at: 'yesterday', products: 'cups' };
    expect(parseStored(type, 1, before, 'complete')).toEqual(before);
    expect(parseStored(type, 7, {}, 'erased')).toEqual({});
  });

  it('reads anything under the name of a field that a contract gained', () => {
    const order = { order_id: '9', amount_minor: 1, currency: 'USD', created_at: '2026-11-22T10:00:00Z', products: 'two cups' };
    expect(parseStored('order_created', 1, order, 'complete')).toEqual(order);
    expect(parseIntake('order_created', { ...order, amount_minor: undefined, amount: 1 }, { looksPersonal }).ok).toBe(false);
  });

  it.each(cases)('%s has an example that its contract accepts, and a class for every field', (_type, contract) => {
    expect(contract.schemas.written.safeParse(contract.example).error?.issues).toBeUndefined();
    expect(Object.keys(contract.pii)).toEqual(Object.keys(contract.fields));
    expect(Object.keys(contract.fields)).toEqual(expect.arrayContaining([...contract.engineFields, ...contract.moduleFields]));
    expect(Object.keys(contract.fields)).toEqual(expect.arrayContaining(contract.measures.map(({ field }) => field)));
    expect(Object.keys(contract.fields)).toEqual(expect.arrayContaining(contract.money.map((amount) => `${amount}_minor`)));
    expect(contract.moduleFields.filter((field) => field in contract.example)).toEqual([]);
  });

  it.each(cases)('%s reads any body that its contract accepts, whole and with sealed fields absent', (type, contract) => {
    fc.assert(
      fc.property(arbitraryBody(contract), (body) => {
        expect(parseStored(type, contract.version, body, 'complete')).toEqual(body);
        const left = Object.fromEntries(
          Object.entries(body).filter(([field]) => contract.pii[field] === 'none' && !contract.openTexts.has(field)),
        );
        expect(parseStored(type, contract.version, left, 'erased')).toEqual(left);
      }),
      { numRuns: 25 },
    );
  });

  it.each(cases.filter(([, { intake }]) => intake))('%s takes in its own example', (type, contract) => {
    const taken = parseIntake(type, wireExample(contract), { looksPersonal });
    expect(taken).toMatchObject({ ok: true, declared: true, schemaVersion: contract.version });
    if (taken.ok) expect(parseStored(type, contract.version, taken.body, 'complete')).toEqual(taken.body);
  });

  it('has one upcaster for each older version and none for others', () => {
    const steps = listUpcasters().map(({ type, from }) => `${type} ${String(from)}`);
    const wanted = contracts.flatMap(({ type, version }) =>
      Array.from({ length: version - 1 }, (_, index) => `${type} ${String(index + 1)}`),
    );
    expect([...steps].sort()).toEqual(wanted.sort());
  });
});

describe('names of types', () => {
  it.each([
    ['order_created', 'intake'],
    ['customer.created', 'intake'],
    ['campaign.message_sent', 'intake'],
    ['campaign.message_reserved', 'reserved'],
    ['segment.defined', 'reserved'],
    ['loyalty.points_redeemed', 'reserved'],
    ['coffee_ordered', 'unknown'],
    ['points_redeemed', 'intake'],
    ['ad.spend_recorded', 'intake'],
    ['purchase', 'unknown'],
    ['Order Completed', 'malformed'],
    ['orderCreated', 'malformed'],
    ['constructor', 'malformed'],
    ['__proto__', 'malformed'],
    ['a'.repeat(101), 'malformed'],
    ['order__created', 'malformed'],
    ['', 'malformed'],
  ])('%s is %s', (type, standing) => {
    expect(standingOf(type)).toBe(standing);
    expect(isUnknownModuleType(type)).toBe(standing === 'unknown');
  });

  it('finds no contract under names of the language', () => {
    expect(['constructor', '__proto__', 'toString'].map(findContract)).toEqual([undefined, undefined, undefined]);
  });
});

describe('measures', () => {
  it.each<[string, JsonObject, Record<string, number>]>([
    ['order_created', { amount_minor: 1990, currency: 'USD', quantity: 2 }, { 'amount_minor.USD': 1990, quantity: 2 }],
    ['order_created', { amount_minor: 0, currency: 'IDR' }, { 'amount_minor.IDR': 0 }],
    ['order_created', { amount_minor: 1990 }, {}],
    ['call_logged', { duration_sec: 125 }, { duration_sec: 125 }],
    ['coffee_ordered', { points: 5 }, {}],
    ['points_redeemed', { points: 5 }, { points: 5 }],
    ['ad.spend_recorded', { spend_minor: 12550, currency: 'USD', clicks: 3 }, { 'spend_minor.USD': 12550, clicks: 3 }],
  ])('%s %j sums %j', (type, data, sums) => {
    expect(measuresOf(type, data)).toEqual(sums);
  });
});
