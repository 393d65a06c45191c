import { z } from 'zod';
import { code, count, customerId, customerIds, direct, id, instant, none, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What a provider outside of the engine still holds about messages to the customers. */
const atProvider = z.object({ provider: id, messages: count });

/** The erasure of a person, a stream each: what was asked, and what was done. Nothing in it names the person but the opaque ids. */
export const erasureEvents = [
  defineEvent({
    type: 'erasure.started',
    version: 1,
    owner: 'cebe',
    purpose: 'A privacy officer has these customers, who are one person, erased; the engine does it until it is done.',
    category: 'erasure',
    intake: false,
    fields: {
      customers: none(customerIds, 'Everyone who is the person.'),
      cause: none(code, 'What led to it: requested.'),
      reason: direct(text, 'Why, in words, without naming the person; sealed under a key of the erasure.'),
    },
    example: { customers: ['70012'], cause: 'requested', reason: 'Asked for by letter.' },
  }),
  defineEvent({
    type: 'erasure.completed',
    version: 1,
    owner: 'cebe',
    purpose: 'All that was to be done is done: what the certificate says.',
    category: 'erasure',
    intake: false,
    fields: {
      customers: none(customerIds, 'Everyone who was erased.'),
      erased: none(
        z.array(z.object({ customer: customerId, event_id: id, revision: count })).max(5_000),
        'Where the stream of each says so.',
      ),
      keys: none(count, 'Customers whose key is destroyed.'),
      identifiers: none(count, 'Identifiers that were released, and stay known by their keyed hash.'),
      refused_entries: none(count, 'Refused entries about the person whose key is destroyed.'),
      queued_messages: none(count, 'Messages of runs that were still to be sent and are not.'),
      files: none(count, 'Message files that were deleted.'),
      remains: none(z.array(atProvider).max(100), 'What providers were given, which the engine cannot delete.'),
      at: none(instant, 'When it was done.'),
    },
    timeField: 'at',
    example: {
      customers: ['70012'],
      erased: [{ customer: '70012', event_id: '0b1c2d3e-0000-5000-8000-000000000004', revision: 7 }],
      keys: 1,
      identifiers: 2,
      refused_entries: 0,
      queued_messages: 1,
      files: 3,
      remains: [{ provider: 'mailgun', messages: 3 }],
      at: '2026-11-23T10:00:00Z',
    },
  }),
] as const;

/** An event of the family `erasure.*`. */
export type ErasureEvent = EventOf<(typeof erasureEvents)[number]>;
