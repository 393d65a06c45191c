import { z } from 'zod';
import { none, ordinal } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What is laid down for a source of events; the stream is named by the source. */
export const sourceEvents = [
  defineEvent({
    type: 'source.plan_drafted',
    version: 1,
    owner: 'cebe',
    purpose: 'A tracking plan was written for the source; it holds once it is published.',
    category: 'source',
    intake: false,
    fields: {
      plan: none(z.record(z.string(), z.unknown()), 'The plan, as `PUT /v1/sources/{source}/plan` takes it.'),
      draft: none(ordinal, 'Counts the drafts of this source from 1.'),
    },
    example: {
      plan: { unknown_types: 'quarantine', types: { cart_viewed: { properties: { items: { type: 'integer' } } } } },
      draft: 1,
    },
  }),
  defineEvent({
    type: 'source.plan_published',
    version: 1,
    owner: 'cebe',
    purpose: 'What the source sends from here on is held against this draft of its plan.',
    category: 'source',
    intake: false,
    fields: { draft: none(ordinal, 'The draft.') },
    example: { draft: 1 },
  }),
  defineEvent({
    type: 'source.plan_withdrawn',
    version: 1,
    owner: 'cebe',
    purpose: 'The source has no tracking plan any more; the settings of the workspace decide.',
    category: 'source',
    intake: false,
    fields: {},
    example: {},
  }),
] as const;

/** An event of the family `source.*`. */
export type SourceEvent = EventOf<(typeof sourceEvents)[number]>;
