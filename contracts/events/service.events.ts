import { code, count, direct, id, instant, none, optional, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const ticketId = none(id, 'The ticket.');
const agentId = none(optional(id), 'The agent.');
const teamId = none(optional(id), 'The team.');
const common = { version: 1, owner: 'service', category: 'customer', intake: true, openBefore: true } as const;

/** What customers ask for help with, and how that goes. */
export const serviceEvents = [
  defineEvent({
    ...common,
    type: 'ticket_created',
    purpose: 'A customer asked for help.',
    fields: {
      ticket_id: ticketId,
      subject: direct(optional(text), 'What it is about, in words.'),
      channel: none(optional(code), 'How it came, such as whatsapp, email or phone.'),
      category: quasi(optional(text), 'What kind of matter it is.'),
      priority: none(optional(code), 'How urgent it is.'),
      conversation_id: none(optional(id), 'The conversation that it came from.'),
      created_at: none(optional(instant), 'When it was opened.'),
    },
    timeField: 'created_at',
    example: {
      ticket_id: 't-31',
      subject: 'My cup is broken',
      channel: 'whatsapp',
      priority: 'high',
      created_at: '2026-11-22T09:00:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    type: 'ticket_assigned',
    purpose: 'Somebody is to take care of a ticket.',
    fields: {
      ticket_id: ticketId,
      agent_id: none(id, 'The agent.'),
      team_id: teamId,
      assigned_at: none(optional(instant), 'When it was given to them.'),
    },
    timeField: 'assigned_at',
    example: { ticket_id: 't-31', agent_id: 'agent-3', team_id: 'returns', assigned_at: '2026-11-22T09:02:00+07:00' },
  }),
  defineEvent({
    ...common,
    type: 'ticket_resolved',
    purpose: 'A ticket was settled.',
    fields: {
      ticket_id: ticketId,
      agent_id: agentId,
      resolution: direct(optional(text), 'How, in words.'),
      resolution_sec: none(optional(count), 'How long it took, in seconds.'),
      first_response_sec: none(optional(count), 'How long the first answer took, in seconds.'),
      resolved_at: none(optional(instant), 'When it was settled.'),
    },
    timeField: 'resolved_at',
    measures: [{ field: 'resolution_sec' }, { field: 'first_response_sec' }],
    example: {
      ticket_id: 't-31',
      agent_id: 'agent-3',
      resolution_sec: 3600,
      first_response_sec: 120,
      resolved_at: '2026-11-22T10:00:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    type: 'ticket_reopened',
    purpose: 'A settled ticket turned out not to be.',
    fields: {
      ticket_id: ticketId,
      agent_id: agentId,
      reason: direct(optional(text), 'Why, in words.'),
      reopened_at: none(optional(instant), 'When it was opened again.'),
    },
    timeField: 'reopened_at',
    example: { ticket_id: 't-31', reason: 'The new cup is broken too.', reopened_at: '2026-11-22T09:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    type: 'csat_submitted',
    purpose: 'A customer said how satisfied they are.',
    fields: {
      score: none(count, 'The score, the higher the better.'),
      max_score: none(optional(count), 'The best score there is; 5 when absent.'),
      ticket_id: none(optional(id), 'The ticket that it is about.'),
      conversation_id: none(optional(id), 'The conversation that it is about.'),
      agent_id: agentId,
      survey_id: none(optional(id), 'The survey.'),
      comment: direct(optional(text), 'More, in words.'),
      submitted_at: none(optional(instant), 'When it was answered.'),
    },
    timeField: 'submitted_at',
    measures: [{ field: 'score' }],
    example: { score: 4, ticket_id: 't-31', agent_id: 'agent-3', comment: 'Quick!', submitted_at: '2026-11-22T10:30:00+07:00' },
  }),
] as const;

/** An event of the Service module. */
export type ServiceEvent = EventOf<(typeof serviceEvents)[number]>;
