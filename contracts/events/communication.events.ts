import { count, direct, id, instant, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** Calls, chats and mail that other modules have with customers. */
export const communicationEvents = [
  defineEvent({
    type: 'call_logged',
    version: 2,
    owner: 'call-center',
    purpose: 'An agent and a customer spoke.',
    category: 'customer',
    intake: true,
    fields: {
      call_id: none(id, 'The call.'),
      agent_id: none(id, 'Who spoke for the company.'),
      duration_sec: none(count, 'How long, in seconds.'),
      notes: direct(optional(text), 'What was said, in words.'),
      created_at: none(instant, 'When it began.'),
    },
    timeField: 'created_at',
    measures: [{ field: 'duration_sec' }],
    example: {
      call_id: 'call-7',
      agent_id: 'agent-3',
      duration_sec: 125,
      notes: 'Asked for an invoice.',
      created_at: '2026-11-22T10:00:00Z',
    },
  }),
  defineEvent({
    type: 'whatsapp_sent',
    version: 1,
    owner: 'omnichannel',
    purpose: 'A WhatsApp message went to a customer.',
    category: 'customer',
    intake: true,
    fields: {
      message_id: none(id, 'The message.'),
      status: none(id, 'Where it stands: sent, delivered, read, failed.'),
      text: direct(optional(text), 'What it says.'),
      created_at: none(instant, 'When it was sent.'),
    },
    timeField: 'created_at',
    example: { message_id: 'wa-1', status: 'delivered', created_at: '2026-11-22T10:00:00Z' },
  }),
  defineEvent({
    type: 'email_opened',
    version: 1,
    owner: 'mail',
    purpose: 'A customer opened a message that another system sent.',
    category: 'customer',
    intake: true,
    fields: {
      campaign_id: none(id, 'The campaign of that system.'),
      message_id: none(id, 'The message.'),
      opened_at: none(instant, 'When it was opened.'),
    },
    timeField: 'opened_at',
    example: { campaign_id: 'spring', message_id: 'm-1', opened_at: '2026-11-22T10:00:00Z' },
  }),
] as const;

/** An event of the modules that talk to customers. */
export type CommunicationEvent = EventOf<(typeof communicationEvents)[number]>;
