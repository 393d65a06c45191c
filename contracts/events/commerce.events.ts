import { z } from 'zod';
import {
  added,
  code,
  count,
  currency,
  direct,
  id,
  instant,
  minorUnits,
  none,
  optional,
  products,
  quasi,
  text,
} from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const orderId = none(id, 'The order.');
const iso = none(currency, 'ISO 4217 code.');
const reason = direct(optional(text), 'Why, in words.');
const contents = quasi(optional(products), 'What is in it, each with its product_id; prices are kept as they are sent.');
const common = { version: 1, owner: 'commerce', category: 'customer', intake: true } as const;

/** What customers buy, from the order to its refund. */
export const commerceEvents = [
  defineEvent({
    ...common,
    type: 'order_created',
    purpose: 'A customer placed an order.',
    fields: {
      order_id: orderId,
      amount_minor: none(minorUnits, 'What the order costs.'),
      currency: iso,
      quantity: none(optional(count), 'How many items.'),
      created_at: none(instant, 'When it was placed.'),
      checkout_id: added(none(optional(id), 'The checkout that it came from.')),
      products: added(contents),
    },
    timeField: 'created_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }, { field: 'quantity' }],
    example: { order_id: '9', amount_minor: 1990, currency: 'USD', quantity: 2, created_at: '2026-11-22T10:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    openBefore: true,
    type: 'order_paid',
    purpose: 'An order was paid for, whole or in part.',
    fields: {
      order_id: orderId,
      amount_minor: none(minorUnits, 'What was paid.'),
      currency: iso,
      payment_id: none(optional(id), 'The payment.'),
      payment_method: none(optional(code), 'How, such as card, bank_transfer or cash.'),
      shipping_minor: none(optional(minorUnits), 'The part that is for shipping.'),
      tax_minor: none(optional(minorUnits), 'The part that is tax.'),
      discount_minor: none(optional(minorUnits), 'What was taken off.'),
      coupon: none(optional(id), 'The coupon.'),
      products: contents,
      paid_at: none(optional(instant), 'When it was paid.'),
    },
    timeField: 'paid_at',
    money: ['amount', 'shipping', 'tax', 'discount'],
    measures: [
      { field: 'amount_minor', per: 'currency' },
      { field: 'discount_minor', per: 'currency' },
    ],
    example: { order_id: '9', amount_minor: 1990, currency: 'USD', payment_method: 'card', paid_at: '2026-11-22T10:05:00+07:00' },
  }),
  defineEvent({
    ...common,
    openBefore: true,
    type: 'order_fulfilled',
    purpose: 'An order, or part of it, was handed over or sent off.',
    fields: {
      order_id: orderId,
      fulfillment_id: none(optional(id), 'The consignment.'),
      carrier: none(optional(code), 'Who carries it.'),
      tracking_number: direct(optional(text), 'Its number there.'),
      partial: none(optional(z.boolean()), 'True while something is still to come.'),
      fulfilled_at: none(optional(instant), 'When it left.'),
    },
    timeField: 'fulfilled_at',
    example: { order_id: '9', carrier: 'jne', tracking_number: 'JN-123', fulfilled_at: '2026-11-22T09:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    openBefore: true,
    type: 'order_cancelled',
    purpose: 'An order will not be fulfilled.',
    fields: {
      order_id: orderId,
      amount_minor: none(optional(minorUnits), 'What the order would have cost.'),
      currency: none(optional(currency), 'ISO 4217 code; needed beside an amount.'),
      cancelled_by: none(optional(z.enum(['customer', 'shop', 'system'])), 'Who called it off.'),
      reason,
      cancelled_at: none(optional(instant), 'When it was called off.'),
    },
    timeField: 'cancelled_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }],
    example: {
      order_id: '9',
      amount_minor: 1990,
      currency: 'USD',
      cancelled_by: 'customer',
      cancelled_at: '2026-11-22T11:00:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    openBefore: true,
    type: 'order_refunded',
    purpose: 'A customer got money back for an order, whole or in part.',
    fields: {
      order_id: orderId,
      amount_minor: none(minorUnits, 'What was paid back.'),
      currency: iso,
      refund_id: none(optional(id), 'The refund.'),
      reason,
      products: contents,
      refunded_at: none(optional(instant), 'When it was paid back.'),
    },
    timeField: 'refunded_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }],
    example: {
      order_id: '9',
      refund_id: 'refund-1',
      amount_minor: 990,
      currency: 'USD',
      reason: 'One cup was broken.',
      refunded_at: '2026-11-22T10:00:00+07:00',
    },
  }),
] as const;

/** An event of the Commerce module about an order. */
export type CommerceEvent = EventOf<(typeof commerceEvents)[number]>;
