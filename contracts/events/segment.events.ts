import { z } from 'zod';
import { code, count, customerId, customerIds, id, instant, none, optional, ordinal, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const definition = {
  name: none(z.string().min(1).max(200), 'The name, for people.'),
  rule: none(z.record(z.string(), z.unknown()), 'The rule; values of direct identifiers in it are keyed hashes.'),
  revision: none(ordinal, 'Counts the revisions of this segment from 1.'),
};

const transition = {
  segment: none(id, 'The segment of this engine.'),
  revision: none(ordinal, 'The revision of its rule that decided.'),
  cause: none(id, 'What led to it: an event id, `due`, a switch id.'),
  at: none(instant, 'When: never earlier than what led to it.'),
  segment_id: none(optional(id), 'The segment of another system.'),
};

const transitionExample = { segment: 's1', revision: 1, cause: 'due', at: '2026-12-22T00:00:00Z' };
const engineFields = ['segment', 'revision', 'cause', 'at'] as const;
const moduleExample = { segment_id: 'vip' };

/** Rules that people define, and who is in them. */
export const segmentEvents = [
  defineEvent({
    type: 'segment.defined',
    version: 1,
    owner: 'cebe',
    purpose: 'A segment was made.',
    category: 'segment',
    intake: false,
    fields: definition,
    example: { name: 'Gold in Bandung', rule: { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' }, revision: 1 },
  }),
  defineEvent({
    type: 'segment.revised',
    version: 1,
    owner: 'cebe',
    purpose: 'The name or rule of a segment was changed; the event holds both.',
    category: 'segment',
    intake: false,
    fields: definition,
    example: { name: 'Gold', rule: { type: 'attribute', field: 'plan', op: 'eq', value: 'gold' }, revision: 2 },
  }),
  defineEvent({
    type: 'segment.archived',
    version: 1,
    owner: 'cebe',
    purpose: 'The segment is no longer evaluated and cannot be sent to.',
    category: 'segment',
    intake: false,
    fields: { revision: none(ordinal, 'Counts on from the last revision.') },
    example: { revision: 3 },
  }),
  defineEvent({
    type: 'segment.evaluation_started',
    version: 1,
    owner: 'cebe',
    purpose: 'All customers are evaluated against the rule, in the order of their ids.',
    category: 'segment',
    intake: false,
    fields: {
      evaluation_id: none(id, 'Names this evaluation.'),
      segment_revision: none(ordinal, 'The revision of the rule.'),
      cause: none(id, 'What led to it: saved, recompute, an import id, a switch id.'),
      at: none(instant, 'The instant that windows are counted from.'),
    },
    example: { evaluation_id: 'v1', segment_revision: 1, cause: 'saved', at: '2026-11-22T10:00:00Z' },
  }),
  defineEvent({
    type: 'segment.evaluated',
    version: 1,
    owner: 'cebe',
    purpose: 'A chunk of customers was evaluated: who came in, who went out.',
    category: 'segment',
    intake: false,
    fields: {
      evaluation_id: none(id, 'The evaluation.'),
      chunk: none(ordinal, 'Counts the chunks from 1.'),
      through: none(optional(customerId), 'The last customer covered; absent when there are none.'),
      entered: none(customerIds, 'Who came in.'),
      exited: none(customerIds, 'Who went out.'),
      position: none(optional(z.string().regex(/^\d{1,20}$/)), 'The log position that the decisions include.'),
    },
    example: { evaluation_id: 'v1', chunk: 1, through: '70012', entered: ['70012'], exited: [] },
  }),
  defineEvent({
    type: 'segment.evaluation_finished',
    version: 1,
    owner: 'cebe',
    purpose: 'The evaluation ended, with how many members there are.',
    category: 'segment',
    intake: false,
    fields: {
      evaluation_id: none(id, 'The evaluation.'),
      members: none(count, 'How many customers are in the segment.'),
      error: none(optional(text), 'Why it ended early, without personal data.'),
      error_code: none(optional(code), 'The code of that error.'),
    },
    example: { evaluation_id: 'v1', members: 1 },
  }),
  defineEvent({
    type: 'segment.entered',
    version: 1,
    owner: 'cebe',
    purpose: 'The customer came into a segment between two evaluations of all.',
    category: 'customer',
    intake: true,
    fields: transition,
    engineFields,
    moduleFields: ['segment_id'],
    example: transitionExample,
    moduleExample,
  }),
  defineEvent({
    type: 'segment.exited',
    version: 1,
    owner: 'cebe',
    purpose: 'The customer left a segment between two evaluations of all.',
    category: 'customer',
    intake: true,
    fields: transition,
    engineFields,
    moduleFields: ['segment_id'],
    example: transitionExample,
    moduleExample,
  }),
] as const;

/** An event of the family `segment.*`. */
export type SegmentEvent = EventOf<(typeof segmentEvents)[number]>;
