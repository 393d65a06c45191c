import { code, count, currency, id, instant, minorUnits, none, optional, products, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const cartId = none(id, 'The cart.');
const contents = quasi(optional(products), 'What is in it, each with its product_id; prices are kept as they are sent.');
const iso = none(optional(currency), 'ISO 4217 code; needed beside an amount.');
const common = { version: 1, owner: 'commerce', category: 'customer', intake: true, openBefore: true } as const;

/** What customers look at and put aside before they order. */
export const storefrontEvents = [
  defineEvent({
    ...common,
    type: 'product_viewed',
    purpose: 'A customer looked at a product.',
    fields: {
      product_id: none(id, 'The product.'),
      sku: none(optional(id), 'Its stock keeping unit.'),
      name: quasi(optional(text), 'Its name.'),
      category: quasi(optional(text), 'What kind of thing it is.'),
      brand: quasi(optional(text), 'Its brand.'),
      variant: quasi(optional(text), 'Which one of it.'),
      price_minor: none(optional(minorUnits), 'What one costs.'),
      currency: none(optional(currency), 'ISO 4217 code; needed beside a price.'),
      url: quasi(optional(text), 'The page.'),
      viewed_at: none(optional(instant), 'When it was looked at.'),
    },
    timeField: 'viewed_at',
    money: ['price'],
    example: { product_id: 'p-1', sku: 'cup-blue', name: 'Blue cup', category: 'Cups', price_minor: 995, currency: 'USD' },
  }),
  defineEvent({
    ...common,
    type: 'cart_updated',
    purpose: 'What is in a customer’s cart changed; the event holds all of it.',
    fields: {
      cart_id: cartId,
      amount_minor: none(optional(minorUnits), 'What it costs together.'),
      currency: iso,
      quantity: none(optional(count), 'How many items.'),
      products: contents,
      updated_at: none(optional(instant), 'When it changed.'),
    },
    timeField: 'updated_at',
    money: ['amount'],
    example: {
      cart_id: 'cart-4',
      amount_minor: 1990,
      currency: 'USD',
      quantity: 2,
      products: [{ product_id: 'p-1', name: 'Blue cup', price: '9.95', quantity: 2 }],
      updated_at: '2026-11-22T09:40:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    type: 'cart_abandoned',
    purpose: 'A customer left a cart with something in it for as long as the shop waits.',
    fields: {
      cart_id: cartId,
      amount_minor: none(optional(minorUnits), 'What it costs together.'),
      currency: iso,
      quantity: none(optional(count), 'How many items.'),
      products: contents,
      abandoned_at: none(optional(instant), 'When the shop stopped waiting.'),
    },
    timeField: 'abandoned_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }],
    example: {
      cart_id: 'cart-4',
      amount_minor: 1990,
      currency: 'USD',
      quantity: 2,
      abandoned_at: '2026-11-22T21:40:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    type: 'checkout_started',
    purpose: 'A customer began to pay for what is in the cart.',
    fields: {
      checkout_id: none(id, 'The checkout.'),
      cart_id: none(optional(id), 'The cart.'),
      order_id: none(optional(id), 'The order, where it has a number already.'),
      amount_minor: none(optional(minorUnits), 'What is to be paid.'),
      currency: iso,
      coupon: none(optional(id), 'The coupon.'),
      payment_method: none(optional(code), 'How, such as card, bank_transfer or cash.'),
      products: contents,
      started_at: none(optional(instant), 'When it began.'),
    },
    timeField: 'started_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }],
    example: {
      checkout_id: 'check-2',
      cart_id: 'cart-4',
      amount_minor: 1990,
      currency: 'USD',
      started_at: '2026-11-22T09:58:00+07:00',
    },
  }),
] as const;

/** An event of the Commerce module before there is an order. */
export type StorefrontEvent = EventOf<(typeof storefrontEvents)[number]>;
