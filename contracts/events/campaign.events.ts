import { z } from 'zod';
import { code, count, id, instant, none, optional, ordinal, text } from './contract-fields.js';
import { campaignMessageEvents } from './campaign-message.events.js';
import { defineEvent, type EventOf } from './event-contract.js';

const definition = {
  name: none(z.string().min(1).max(200), 'The name, for people.'),
  segment: none(id, 'Whom it goes to.'),
  template: none(id, 'What it says.'),
  channel: none(code, 'The way out, such as email.'),
  purpose: none(optional(code), 'The purpose that consent is asked for; marketing when absent.'),
  from: none(text, 'The sender, `Name <address>`.'),
  reply_to: none(optional(text), 'Where answers go.'),
  schedule_at: none(optional(instant), 'When it launches by itself.'),
  max_delay_sec: none(optional(count), 'How late it may still launch, in seconds; an hour when absent.'),
  per_second: none(optional(z.number().positive()), 'How many messages a second at most.'),
  revision: none(ordinal, 'Counts the revisions of this campaign from 1.'),
};

const example = {
  name: 'Hello gold',
  segment: 's1',
  template: 't1',
  channel: 'email',
  from: 'Toko Ada <hello@shop.example>',
  per_second: 50,
  revision: 1,
};

const definitionEvents = [
  defineEvent({
    type: 'campaign.defined',
    version: 1,
    owner: 'cebe',
    purpose: 'A campaign was made.',
    category: 'campaign',
    intake: false,
    fields: definition,
    example,
  }),
  defineEvent({
    type: 'campaign.revised',
    version: 1,
    owner: 'cebe',
    purpose: 'A campaign was changed; the event holds all of it.',
    category: 'campaign',
    intake: false,
    fields: definition,
    example: { ...example, schedule_at: '2026-12-01T02:00:00Z', revision: 2 },
  }),
  defineEvent({
    type: 'campaign.launched',
    version: 1,
    owner: 'cebe',
    purpose: 'The campaign has its one run from here on; it holds what the run goes by.',
    category: 'campaign',
    intake: false,
    fields: {
      run: none(id, 'The run.'),
      cause: none(z.enum(['launch', 'schedule']), 'Whether a person or the schedule launched it.'),
      at: none(instant, 'The instant of the launch, or the scheduled one.'),
      revision: none(ordinal, 'The revision of the campaign.'),
      segment_revision: none(ordinal, 'The revision of the segment.'),
      template_revision: none(ordinal, 'The revision of the template.'),
    },
    example: { run: 'r1', cause: 'launch', at: '2026-11-22T10:00:00Z', revision: 1, segment_revision: 1, template_revision: 1 },
  }),
] as const;

/** What is sent to whom, and what comes of each message. */
export const campaignEvents = [...definitionEvents, ...campaignMessageEvents] as const;

/** An event of the family `campaign.*`. */
export type CampaignEvent = EventOf<(typeof campaignEvents)[number]>;
