import { z } from 'zod';
import { code, count, customerId, direct, hash, none, optional, text } from './contract-fields.js';
import { defineEvent, identifierKinds, type EventOf } from './event-contract.js';

/** Why two customers are linked: an identifier that both carry, a module that asked for it, a person who said so. */
const because = z.enum(['identifier', 'request', 'manual']);

const other = none(customerId, 'The other customer.');
const kind = none(optional(z.enum(identifierKinds)), 'What kind of identifier both carry.');
const identifier = none(optional(hash), 'Keyed hash of the identifier that both carry.');
const reason = direct(optional(text), 'Why, in words.');

/** Links between customers who are one person, recorded on the stream of the smaller id; nothing else of either changes. */
export const mergeEvents = [
  defineEvent({
    type: 'customer.merged',
    version: 1,
    owner: 'cebe',
    purpose: 'Two customers are one person from here on: reads, rules, consent and counters see the combination.',
    category: 'customer',
    intake: false,
    fields: { with: other, because: none(because, 'What the link rests on.'), kind, identifier, reason },
    example: { with: '70013', because: 'manual', reason: 'Same person, two shops.' },
  }),
  defineEvent({
    type: 'customer.unmerged',
    version: 1,
    owner: 'cebe',
    purpose: 'A link between two customers ends; by hand it ends every link between them, until somebody merges them again.',
    category: 'customer',
    intake: false,
    fields: {
      with: other,
      because: none(z.enum(['shared', 'manual']), 'An identifier turned out to be shared, or a person said so.'),
      kind,
      identifier,
      identifiers: none(optional(z.array(hash).max(1_000)), 'Keyed hashes of the identifiers whose links end.'),
      reason,
    },
    example: { with: '70013', because: 'manual', reason: 'Two people in one household.' },
  }),
  defineEvent({
    type: 'customer.merge_held',
    version: 1,
    owner: 'cebe',
    purpose: 'A link was not made, because a person had parted the two, or because too many customers would be one.',
    category: 'customer',
    intake: false,
    fields: {
      with: other,
      because: none(z.enum(['identifier', 'request']), 'What the link would have rested on.'),
      kind,
      identifier,
      obstacle: none(code, 'What stood in the way: parted, too_many.'),
      members: none(optional(count), 'How many customers would have been one.'),
    },
    example: { with: '70013', because: 'request', obstacle: 'parted' },
  }),
] as const;

/** An event about who is one person. */
export type MergeEvent = EventOf<(typeof mergeEvents)[number]>;
