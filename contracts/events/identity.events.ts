import { z } from 'zod';
import { code, count, customerId, none, optional } from './contract-fields.js';
import { defineEvent, identifierKinds, type EventOf } from './event-contract.js';

/** Who owns an identifier; the stream is named by its keyed hash, so that two racing writers cannot both win. */
export const identityEvents = [
  defineEvent({
    type: 'identity.claimed',
    version: 1,
    owner: 'cebe',
    purpose: 'An identifier belongs to a customer from here on.',
    category: 'identity',
    intake: false,
    fields: { owner: none(customerId, 'The customer.'), kind: none(z.enum(identifierKinds), 'What kind of identifier it is.') },
    example: { owner: '70012', kind: 'email' },
  }),
  defineEvent({
    type: 'identity.released',
    version: 1,
    owner: 'cebe',
    purpose: 'An identifier belongs to nobody from here on and may be claimed again.',
    category: 'identity',
    intake: false,
    fields: {
      owner: none(customerId, 'The customer who had it.'),
      cause: none(optional(code), 'Why: erased, reopened. After erased nobody gets it whom the workspace does not let back in.'),
    },
    example: { owner: '70012' },
  }),
  defineEvent({
    type: 'identity.set_aside',
    version: 1,
    owner: 'cebe',
    purpose: 'An identifier is shared by more people than its kind allows: it names nobody and merges nobody from here on.',
    category: 'identity',
    intake: false,
    fields: {
      kind: none(z.enum(identifierKinds), 'What kind of identifier it is.'),
      people: none(count, 'How many customers carried it by then.'),
    },
    example: { kind: 'phone', people: 11 },
  }),
] as const;

/** An event of the family `identity.*`. */
export type IdentityEvent = EventOf<(typeof identityEvents)[number]>;
