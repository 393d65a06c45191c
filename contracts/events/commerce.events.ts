import { count, currency, id, instant, minorUnits, none, optional } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What customers buy. */
export const commerceEvents = [
  defineEvent({
    type: 'order_created',
    version: 1,
    owner: 'commerce',
    purpose: 'A customer placed an order.',
    category: 'customer',
    intake: true,
    fields: {
      order_id: none(id, 'The order.'),
      amount_minor: none(minorUnits, 'What the order costs.'),
      currency: none(currency, 'ISO 4217 code.'),
      quantity: none(optional(count), 'How many items.'),
      created_at: none(instant, 'When it was placed.'),
    },
    timeField: 'created_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }, { field: 'quantity' }],
    example: { order_id: '9', amount_minor: 1990, currency: 'USD', quantity: 2, created_at: '2026-11-22T10:00:00+07:00' },
  }),
] as const;

/** An event of the Commerce module. */
export type CommerceEvent = EventOf<(typeof commerceEvents)[number]>;
