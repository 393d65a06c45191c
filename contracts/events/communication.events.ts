import { z } from 'zod';
import { added, count, direct, id, instant, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const conversationId = none(optional(id), 'The conversation that it belongs to.');
const messageId = none(id, 'The message.');
const phone = direct(optional(text), 'The customer’s number; an identifier.');
const common = { version: 1, category: 'customer', intake: true, openBefore: true } as const;

/** Calls, messages and mail that other modules have with customers. */
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
    ...common,
    type: 'call_missed',
    owner: 'call-center',
    purpose: 'A call between the company and a customer was not answered.',
    fields: {
      call_id: none(id, 'The call.'),
      direction: none(optional(z.enum(['inbound', 'outbound'])), 'Inbound: the customer called.'),
      phone,
      agent_id: none(optional(id), 'Who was called, or called.'),
      waited_sec: none(optional(count), 'How long it rang, in seconds.'),
      missed_at: none(optional(instant), 'When it was.'),
    },
    timeField: 'missed_at',
    identifiers: { phone: 'phone' },
    measures: [{ field: 'waited_sec' }],
    example: {
      call_id: 'call-8',
      direction: 'inbound',
      phone: '+628125550100',
      waited_sec: 30,
      missed_at: '2026-11-22T10:00:00Z',
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
      conversation_id: added(conversationId),
      template_id: added(none(optional(id), 'The approved template that it was made from.')),
    },
    timeField: 'created_at',
    example: { message_id: 'wa-1', status: 'delivered', created_at: '2026-11-22T10:00:00Z' },
  }),
  defineEvent({
    ...common,
    type: 'whatsapp_delivered',
    owner: 'omnichannel',
    purpose: 'A WhatsApp message reached the customer’s device.',
    fields: {
      message_id: messageId,
      conversation_id: conversationId,
      delivered_at: none(optional(instant), 'When it reached it.'),
    },
    timeField: 'delivered_at',
    example: { message_id: 'wa-1', conversation_id: 'conv-2', delivered_at: '2026-11-22T10:00:02Z' },
  }),
  defineEvent({
    ...common,
    type: 'whatsapp_read',
    owner: 'omnichannel',
    purpose: 'A customer opened a WhatsApp message.',
    fields: {
      message_id: messageId,
      conversation_id: conversationId,
      read_at: none(optional(instant), 'When it was opened.'),
    },
    timeField: 'read_at',
    example: { message_id: 'wa-1', conversation_id: 'conv-2', read_at: '2026-11-22T10:03:00Z' },
  }),
  defineEvent({
    ...common,
    type: 'whatsapp_received',
    owner: 'omnichannel',
    purpose: 'A customer wrote on WhatsApp.',
    fields: {
      message_id: messageId,
      conversation_id: conversationId,
      reply_to: none(optional(id), 'The message that it answers.'),
      phone,
      text: direct(optional(text), 'What it says.'),
      received_at: none(optional(instant), 'When it came.'),
    },
    timeField: 'received_at',
    identifiers: { phone: 'phone' },
    example: {
      message_id: 'wa-2',
      conversation_id: 'conv-2',
      reply_to: 'wa-1',
      phone: '+628125550100',
      text: 'Yes, please',
      received_at: '2026-11-22T10:04:00Z',
    },
  }),
  defineEvent({
    ...common,
    type: 'email_received',
    owner: 'mail',
    purpose: 'A customer wrote an e-mail.',
    fields: {
      email_id: none(id, 'The e-mail.'),
      email: direct(optional(text), 'The address that it came from; an identifier.'),
      email_subject: direct(optional(text), 'Its subject line.'),
      in_reply_to: none(optional(id), 'The e-mail or message that it answers.'),
      campaign_id: none(optional(id), 'The campaign that it answers.'),
      received_at: none(optional(instant), 'When it came.'),
    },
    timeField: 'received_at',
    identifiers: { email: 'email' },
    example: {
      email_id: 'mail-3',
      email: 'ada@mail.example',
      email_subject: 'Re: Our new cups',
      in_reply_to: 'm-1',
      received_at: '2026-11-22T11:00:00Z',
    },
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
