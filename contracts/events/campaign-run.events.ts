import { z } from 'zod';
import {
  CHUNK_LIMIT,
  count,
  customerId,
  customerIds,
  direct,
  hash,
  id,
  instant,
  none,
  optional,
  ordinal,
  code,
  text,
} from './contract-fields.js';
import { suppressedReasons } from './campaign-message.events.js';
import { defineEvent, type EventOf } from './event-contract.js';

const streamRevision = z.string().regex(/^(-1|\d{1,19})$/);
/** `revision`: the last revision of the customer's stream that the snapshot included; nothing of this run stands at or below it. */
const recipient = z.object({ customer: customerId, address_hash: hash, revision: optional(streamRevision) });
const suppressed = z.object({ customer: customerId, reason: z.enum(suppressedReasons) });
const common = { version: 1, owner: 'cebe', category: 'campaign_run', intake: false } as const;
const reason = direct(optional(text), 'Why, in words.');

/** The one run of a campaign: its audience, and how it goes. */
export const campaignRunEvents = [
  defineEvent({
    ...common,
    type: 'campaign_run.started',
    purpose: 'A campaign was launched, with the revisions it goes by.',
    fields: {
      campaign: none(id, 'The campaign.'),
      campaign_revision: none(optional(ordinal), 'Its revision.'),
      segment: none(optional(id), 'Whom it goes to.'),
      segment_revision: none(ordinal, 'The revision of the rule.'),
      template: none(optional(id), 'What it says.'),
      template_revision: none(optional(ordinal), 'The revision of the template.'),
      channel: none(code, 'The way out.'),
      purpose: none(optional(code), 'The purpose that consent is asked for.'),
      cause: none(z.enum(['launch', 'schedule']), 'Whether a person or the schedule launched it.'),
      at: none(instant, 'The instant of the launch, or the scheduled one.'),
    },
    example: {
      campaign: 'c1',
      segment: 's1',
      segment_revision: 1,
      template: 't1',
      template_revision: 1,
      channel: 'email',
      cause: 'launch',
      at: '2026-11-22T10:00:00Z',
    },
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.audience_chunk',
    purpose: 'Part of the snapshot: who is sent to, and who is not and why.',
    fields: {
      chunk: none(ordinal, 'Counts the chunks from 1.'),
      recipients: none(z.array(recipient).max(CHUNK_LIMIT), 'Customers with the keyed hash of their address.'),
      suppressed: none(z.array(suppressed).max(CHUNK_LIMIT), 'Customers who are not sent to, with the reason.'),
    },
    example: {
      chunk: 1,
      recipients: [{ customer: '70012', address_hash: 'h3ash' }],
      suppressed: [{ customer: '70013', reason: 'no_address' }],
    },
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.audience_sealed',
    purpose: 'The snapshot is complete; sending may begin.',
    fields: { count: none(count, 'How many customers the snapshot has.'), hash: none(hash, 'Hash over its chunks.') },
    example: { count: 2, hash: 'a1b2c3' },
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.recipients_cancelled',
    purpose: 'Recipients who were not sent to when the run was cancelled.',
    fields: { chunk: none(ordinal, 'Counts the chunks from 1.'), customers: none(customerIds, 'Who.') },
    example: { chunk: 1, customers: ['70012'] },
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.paused',
    purpose: 'No message is reserved until the run is resumed.',
    fields: { reason },
    example: {},
  }),
  defineEvent({ ...common, type: 'campaign_run.resumed', purpose: 'The run goes on.', fields: { reason }, example: {} }),
  defineEvent({
    ...common,
    type: 'campaign_run.cancelled',
    purpose: 'The run ends; who was not sent to is cancelled.',
    fields: { reason },
    example: {},
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.reopened',
    purpose: 'Failed messages are tried again: all of them, those of one reason, or those to some customers.',
    fields: {
      include_uncertain: none(z.boolean(), 'Whether messages of unknown outcome are sent again too.'),
      group: none(optional(z.string().min(1).max(500)), 'Only failures with this normalised reason.'),
      customers: none(optional(customerIds), 'Only messages to these customers.'),
    },
    example: { include_uncertain: false, group: 'provider_429' },
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.completed',
    purpose: 'Everyone of the snapshot is accounted for: the counts add up to it.',
    fields: {
      sent: none(count, 'Messages that the provider took.'),
      failed: none(count, 'Messages that were refused for good.'),
      uncertain: none(count, 'Messages of unknown outcome.'),
      cancelled: none(count, 'Recipients cancelled.'),
      suppressed: none(count, 'Customers not sent to.'),
    },
    example: { sent: 1, failed: 0, uncertain: 0, cancelled: 0, suppressed: 1 },
  }),
  defineEvent({
    ...common,
    type: 'campaign_run.missed',
    purpose: 'A scheduled launch did not happen.',
    fields: {
      campaign: none(id, 'The campaign.'),
      scheduled_at: none(instant, 'When it was due.'),
      cause: none(z.enum(['too_late', 'segment_archived']), 'Why it did not happen.'),
    },
    example: { campaign: 'c1', scheduled_at: '2026-11-22T02:00:00Z', cause: 'too_late' },
  }),
] as const;

/** An event of the family `campaign_run.*`. */
export type CampaignRunEvent = EventOf<(typeof campaignRunEvents)[number]>;
