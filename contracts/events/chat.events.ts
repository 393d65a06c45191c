import { z } from 'zod';
import { code, count, direct, id, instant, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const conversationId = none(id, 'The conversation.');
const agentId = none(optional(id), 'The agent.');
const channel = none(optional(code), 'Where, such as web_chat or instagram.');
const common = { version: 1, owner: 'omnichannel', category: 'customer', intake: true, openBefore: true } as const;

/** Conversations in writing. */
export const chatEvents = [
  defineEvent({
    ...common,
    type: 'chat_started',
    purpose: 'A conversation in writing began.',
    fields: {
      conversation_id: conversationId,
      channel,
      agent_id: agentId,
      started_by: none(optional(z.enum(['customer', 'agent', 'bot'])), 'Who began.'),
      started_at: none(optional(instant), 'When it began.'),
    },
    timeField: 'started_at',
    example: { conversation_id: 'conv-1', channel: 'web_chat', started_by: 'customer', started_at: '2026-11-22T10:00:00Z' },
  }),
  defineEvent({
    ...common,
    type: 'chat_message_received',
    purpose: 'A customer wrote in a conversation.',
    fields: {
      conversation_id: conversationId,
      message_id: none(optional(id), 'The message.'),
      message_body: direct(optional(text), 'What it says.'),
      channel,
      agent_id: agentId,
      received_at: none(optional(instant), 'When it came.'),
    },
    timeField: 'received_at',
    example: {
      conversation_id: 'conv-1',
      message_id: 'chat-1',
      message_body: 'Is the blue cup back?',
      received_at: '2026-11-22T10:00:05Z',
    },
  }),
  defineEvent({
    ...common,
    type: 'chat_closed',
    purpose: 'A conversation in writing ended.',
    fields: {
      conversation_id: conversationId,
      conversation_duration: none(optional(count), 'How long it took, in seconds.'),
      first_response_sec: none(optional(count), 'How long the first answer took, in seconds.'),
      channel,
      agent_id: agentId,
      closed_by: none(optional(z.enum(['customer', 'agent', 'bot', 'system'])), 'Who ended it.'),
      closed_at: none(optional(instant), 'When it ended.'),
    },
    timeField: 'closed_at',
    measures: [{ field: 'conversation_duration' }, { field: 'first_response_sec' }],
    example: {
      conversation_id: 'conv-1',
      conversation_duration: 300,
      first_response_sec: 20,
      agent_id: 'agent-3',
      closed_at: '2026-11-22T10:05:00Z',
    },
  }),
] as const;

/** An event of a conversation in writing. */
export type ChatEvent = EventOf<(typeof chatEvents)[number]>;
