import { z } from 'zod';
import { code, count, direct, id, none, optional, ordinal, text } from './contract-fields.js';
import { planViolationSchema } from '../tracking-plans/tracking-plan.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What came in and could not be accepted: each entry is a stream of its own, its body sealed with a key of its own. */
export const quarantineEvents = [
  defineEvent({
    type: 'quarantine.received',
    version: 1,
    owner: 'cebe',
    purpose: 'An entry was refused and is kept until a person retries or drops it.',
    category: 'quarantine',
    intake: false,
    fields: {
      kind: none(z.enum(['ingest', 'webhook']), 'Where it came in.'),
      source: none(id, 'The source that sent it.'),
      code: none(code, 'Why it was refused; a quarantine code.'),
      detail: none(text, 'What was expected and what was found, without personal data.'),
      pointer: none(optional(text), 'JSON pointer to the place in the entry.'),
      event_type: none(optional(id), 'The type it claims to be, when it has the form of one.'),
      bytes: none(count, 'How large the entry is.'),
      line: none(optional(ordinal), 'The line of an NDJSON body.'),
      violations: none(optional(z.array(planViolationSchema)), 'What the tracking plan of the source has against it.'),
      message_id: direct(optional(text), 'The message id it came with.'),
      body: direct(text, 'The entry as it was received; not kept of someone who was erased.'),
    },
    example: {
      kind: 'ingest',
      source: 'commerce',
      code: 'contract_violated',
      detail: 'expected a string, found a number',
      pointer: '/properties/order_id',
      event_type: 'order_created',
      bytes: 118,
      message_id: 'o-9',
      body: '{"type":"order_created","message_id":"o-9","properties":{"order_id":9}}',
    },
  }),
  defineEvent({
    type: 'quarantine.retried',
    version: 1,
    owner: 'cebe',
    purpose: 'The entry was sent through ingest again.',
    category: 'quarantine',
    intake: false,
    fields: {
      status: none(z.enum(['accepted', 'duplicate', 'quarantined']), 'What became of it.'),
      code: none(optional(code), 'Why it was refused again.'),
      event_id: none(optional(id), 'The event it became.'),
    },
    example: { status: 'accepted', event_id: '0b1c2d3e-0000-5000-8000-000000000002' },
  }),
  defineEvent({
    type: 'quarantine.dropped',
    version: 1,
    owner: 'cebe',
    purpose: 'A person decided that the entry is not needed.',
    category: 'quarantine',
    intake: false,
    fields: { reason: direct(optional(text), 'Why, in words.') },
    example: { reason: 'A test of ours.' },
  }),
  defineEvent({
    type: 'quarantine.expired',
    version: 1,
    owner: 'cebe',
    purpose: 'The entry was kept as long as the workspace keeps such entries; its key is destroyed.',
    category: 'quarantine',
    intake: false,
    fields: {
      kept_days: none(optional(count), 'How long it was kept.'),
      erasure: none(optional(id), 'The erasure of the person whom it was about, which ended it.'),
    },
    example: { kept_days: 90 },
  }),
] as const;

/** An event of the family `quarantine.*`. */
export type QuarantineEvent = EventOf<(typeof quarantineEvents)[number]>;
