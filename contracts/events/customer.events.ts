import { z } from 'zod';
import { code, count, customerId, customerIds, direct, id, instant, none, optional, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What a customer's record may say; whatever else a module sends is kept as an attribute of class quasi. */
const profileFields = {
  first_name: direct(optional(text), 'Given name.'),
  last_name: direct(optional(text), 'Family name.'),
  name: direct(optional(text), 'Full name, where the parts are not known.'),
  email: direct(optional(text), 'E-mail address; an identifier.'),
  phone: direct(optional(text), 'Phone number; an identifier.'),
  external_id: direct(optional(text), 'Id in another system as `source:id`; an identifier.'),
  address: direct(optional(text), 'Postal address.'),
  city: quasi(optional(text), 'City.'),
  country: quasi(optional(text), 'Country.'),
  birth_date: quasi(optional(z.iso.date()), 'Date of birth.'),
  plan: quasi(optional(text), 'Plan or tier.'),
  language: quasi(optional(text), 'Preferred language.'),
  gender: quasi(optional(text), 'Gender, as the module names it.'),
};

const profileIdentifiers = { email: 'email', phone: 'phone', external_id: 'external_id' } as const;

/** Facts about the customer as a person: made, changed, identified, asked about, erased. */
export const customerEvents = [
  defineEvent({
    type: 'customer.created',
    version: 1,
    owner: 'cdp',
    purpose: 'A customer became known, with what is known at that moment.',
    category: 'customer',
    intake: true,
    fields: { ...profileFields, created_at: none(optional(instant), 'When the record was made.') },
    timeField: 'created_at',
    identifiers: profileIdentifiers,
    adoptsIdentifiers: true,
    example: { first_name: 'Ada', email: 'ada@mail.example', city: 'Bandung', plan: 'gold', created_at: '2026-11-20T09:00:00Z' },
  }),
  defineEvent({
    type: 'customer.updated',
    version: 1,
    owner: 'cdp',
    purpose: 'Attributes of a customer changed; those not named stay as they were.',
    category: 'customer',
    intake: true,
    fields: {
      ...profileFields,
      unset: none(
        optional(z.array(z.string().min(1).max(128)).max(1_000)),
        'Names of attributes that are removed; a property that is null joins them.',
      ),
      updated_at: none(optional(instant), 'When the record was changed.'),
    },
    timeField: 'updated_at',
    identifiers: profileIdentifiers,
    example: { city: 'Jakarta', unset: ['plan'], updated_at: '2026-11-21T09:00:00Z' },
  }),
  defineEvent({
    type: 'customer.identified',
    version: 1,
    owner: 'cebe',
    purpose: 'Identifiers were seen together on this customer; merging is derived from these facts alone.',
    category: 'customer',
    intake: false,
    fields: {
      email: direct(optional(text), 'E-mail address as it was sent.'),
      phone: direct(optional(text), 'Phone number as it was sent.'),
      external_id: direct(optional(text), 'Id in another system, `source:id`.'),
      anonymous_id: direct(optional(text), 'Id of a visitor before sign-in.'),
      conflicts_with: none(optional(customerIds), 'Customers who had claimed one of the identifiers before.'),
    },
    identifiers: { ...profileIdentifiers, anonymous_id: 'anonymous_id' },
    example: { email: 'ada@mail.example', conflicts_with: ['70013'] },
  }),
  defineEvent({
    type: 'customer.aliased',
    version: 1,
    owner: 'cdp',
    purpose: 'A module says that the customer was known to it under another id before: identifiers of one person.',
    category: 'customer',
    intake: true,
    fields: {
      previous_id: direct(optional(text), 'The id before, as `source:id`; an identifier.'),
      previous_anonymous_id: direct(optional(text), 'The same, should it be the id of a visitor before sign-in; an identifier.'),
    },
    identifiers: { previous_id: 'external_id', previous_anonymous_id: 'anonymous_id' },
    moduleFields: ['previous_id'],
    example: {},
    moduleExample: { previous_id: 'shop:41' },
  }),
  defineEvent({
    type: 'customer.merge_requested',
    version: 1,
    owner: 'cdp',
    purpose: 'A module says that another customer is the same person.',
    category: 'customer',
    intake: true,
    fields: {
      same_as: none(customerId, 'The other customer.'),
      reason: direct(optional(text), 'Why, in words.'),
      requested_at: none(optional(instant), 'When it was asked.'),
    },
    timeField: 'requested_at',
    example: { same_as: '70013' },
  }),
  defineEvent({
    type: 'customer.erase_requested',
    version: 1,
    owner: 'cdp',
    purpose: 'A module passes on that the customer wants to be erased; a privacy officer decides.',
    category: 'customer',
    intake: true,
    fields: {
      reason: direct(optional(text), 'Why, in words.'),
      requested_at: none(optional(instant), 'When it was asked.'),
    },
    timeField: 'requested_at',
    example: { requested_at: '2026-11-21T09:00:00Z' },
  }),
  defineEvent({
    type: 'customer.erase_declined',
    version: 1,
    owner: 'cebe',
    purpose: 'A privacy officer decided that what was asked for is not done.',
    category: 'customer',
    intake: false,
    fields: {
      request: none(id, 'The event that asked for it.'),
      reason: direct(optional(text), 'Why, in words.'),
    },
    example: { request: '0b1c2d3e-0000-5000-8000-000000000003', reason: 'Invoices have to be kept.' },
  }),
  defineEvent({
    type: 'customer.erased',
    version: 1,
    owner: 'cebe',
    purpose: 'The customer was erased: the key is destroyed and folds end until the customer is reopened.',
    category: 'customer',
    intake: false,
    fields: {
      cause: none(code, 'What led to it: requested, retention.'),
      erasure: none(optional(id), 'The erasure that it belongs to; its stream says what was done.'),
      keys: none(optional(count), 'How many keys were destroyed.'),
    },
    example: { cause: 'requested', keys: 1 },
  }),
  defineEvent({
    type: 'customer.reopened',
    version: 1,
    owner: 'cebe',
    purpose: 'A privacy officer lets events arrive for an erased customer again, under a new key.',
    category: 'customer',
    intake: false,
    fields: { reason: direct(optional(text), 'Why, in words.') },
    example: { reason: 'The customer signed up again.' },
  }),
] as const;

/** An event of the family `customer.*`. */
export type CustomerEvent = EventOf<(typeof customerEvents)[number]>;
