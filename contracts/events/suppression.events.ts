import { z } from 'zod';
import { direct, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** Why an address is never mailed. */
export const suppressionReasons = ['unsubscribed', 'bounced', 'complained', 'manual', 'imported'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

/** Addresses that are never mailed; hash and reason survive an erasure. */
export const suppressionEvents = [
  defineEvent({
    type: 'suppression.added',
    version: 1,
    owner: 'cebe',
    purpose:
      'An address is never mailed from here on. The stream is named by its hash; one that a module pushes lies on the customer, with the hash of `email`.',
    category: 'suppression',
    intake: true,
    fields: {
      reason: none(z.enum(suppressionReasons), 'Why the address is suppressed.'),
      email: direct(optional(text), 'The address; a module has to name it here or among the identifiers of the customer.'),
      note: direct(optional(text), 'More, in words.'),
    },
    identifiers: { email: 'email' },
    adoptsIdentifiers: true,
    // Without an address the event would be accepted and change nothing.
    moduleFields: ['email'],
    example: { reason: 'complained' },
    moduleExample: { reason: 'complained', email: 'ada@mail.example' },
  }),
  defineEvent({
    type: 'suppression.removed',
    version: 1,
    owner: 'cebe',
    purpose: 'A person took an address off the suppression list.',
    category: 'suppression',
    intake: false,
    fields: { reason: direct(optional(text), 'Why, in words.') },
    example: { reason: 'The customer asked for it on the phone.' },
  }),
] as const;

/** An event of the family `suppression.*`. */
export type SuppressionEvent = EventOf<(typeof suppressionEvents)[number]>;
