import { z } from 'zod';
import { none, optional, ordinal } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const MAX_TEMPLATE = 262_144;

const fields = {
  name: none(z.string().min(1).max(200), 'The name, for people.'),
  subject: none(z.string().max(2_000), 'The subject line, with Liquid tokens.'),
  html: none(z.string().max(MAX_TEMPLATE), 'The HTML part, with Liquid tokens; at most 256 KB.'),
  text: none(optional(z.string().max(MAX_TEMPLATE)), 'The plain-text part; made from the HTML when absent.'),
  revision: none(ordinal, 'Counts the revisions of this template from 1.'),
};

/** What campaigns send: each event holds the whole template. */
export const templateEvents = [
  defineEvent({
    type: 'template.defined',
    version: 1,
    owner: 'cebe',
    purpose: 'A template was made.',
    category: 'template',
    intake: false,
    fields,
    example: { name: 'Hello', subject: 'Hi {{ first_name | default: "there" }}', html: '<p>Hello</p>', revision: 1 },
  }),
  defineEvent({
    type: 'template.revised',
    version: 1,
    owner: 'cebe',
    purpose: 'A template was changed; the event holds all of it.',
    category: 'template',
    intake: false,
    fields,
    example: { name: 'Hello', subject: 'Hi', html: '<p>Hello again</p>', text: 'Hello again', revision: 2 },
  }),
] as const;

/** An event of the family `template.*`. */
export type TemplateEvent = EventOf<(typeof templateEvents)[number]>;
