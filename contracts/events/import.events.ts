import { z } from 'zod';
import { count, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** Imports of history; events of an import carry its id in their metadata as `backfill`. */
export const importEvents = [
  defineEvent({
    type: 'import.started',
    version: 1,
    owner: 'cebe',
    purpose: 'An import of history began; its events are folded but never reacted to one by one.',
    category: 'import',
    intake: false,
    fields: {
      label: none(optional(text), 'What is imported, for people.'),
      shift_days: none(optional(z.int()), 'By how many whole days all dates of the import are shifted.'),
    },
    example: { label: 'cdnow', shift_days: 10_372 },
  }),
  defineEvent({
    type: 'import.finished',
    version: 1,
    owner: 'cebe',
    purpose: 'An import ended; each segment is evaluated once after it.',
    category: 'import',
    intake: false,
    fields: {
      cause: none(z.enum(['requested', 'idle']), 'Whether it was asked for, or came after 24 idle hours.'),
      received: none(count, 'Events received.'),
      accepted: none(count, 'Events stored.'),
      duplicate: none(count, 'Events known already.'),
      quarantined: none(count, 'Events refused and kept.'),
    },
    example: { cause: 'requested', received: 69_659, accepted: 69_659, duplicate: 0, quarantined: 0 },
  }),
] as const;

/** An event of the family `import.*`. */
export type ImportEvent = EventOf<(typeof importEvents)[number]>;
