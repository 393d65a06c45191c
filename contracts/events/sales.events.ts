import { code, currency, direct, id, instant, minorUnits, none, optional, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const dealId = none(id, 'The deal.');
const ownerId = none(optional(id), 'Who looks after it.');
const amount = none(optional(minorUnits), 'What it is worth.');
const iso = none(optional(currency), 'ISO 4217 code; needed beside an amount.');
const account = {
  account_id: none(optional(id), 'The company, as the module names it.'),
  account_name: quasi(optional(text), 'The name of the company.'),
};
const common = { version: 1, owner: 'sales', category: 'customer', intake: true, openBefore: true } as const;
const valued = { money: ['amount'], measures: [{ field: 'amount_minor', per: 'currency' }] } as const;

/** What comes of people who may buy for their company. */
export const salesEvents = [
  defineEvent({
    ...common,
    type: 'lead_created',
    purpose: 'Somebody who may buy became known.',
    fields: {
      lead_id: none(id, 'The lead.'),
      email: direct(optional(text), 'E-mail address; an identifier.'),
      phone: direct(optional(text), 'Phone number; an identifier.'),
      name: direct(optional(text), 'Name.'),
      title: quasi(optional(text), 'What they are in the company.'),
      ...account,
      lead_source: none(optional(code), 'Where they came from, such as web, event or referral.'),
      owner_id: ownerId,
      created_at: none(optional(instant), 'When they became known.'),
    },
    timeField: 'created_at',
    identifiers: { email: 'email', phone: 'phone' },
    example: {
      lead_id: 'lead-5',
      email: 'ada@mail.example',
      name: 'Ada',
      account_name: 'Toko Ada',
      lead_source: 'web',
      created_at: '2026-11-20T09:00:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    ...valued,
    type: 'deal_created',
    purpose: 'A possible sale is being worked on.',
    fields: {
      deal_id: dealId,
      deal_name: quasi(optional(text), 'Its name, for people.'),
      pipeline_id: none(optional(id), 'The pipeline.'),
      stage: none(optional(id), 'Where it stands.'),
      amount_minor: amount,
      currency: iso,
      lead_id: none(optional(id), 'The lead that it came from.'),
      ...account,
      owner_id: ownerId,
      created_at: none(optional(instant), 'When it was opened.'),
    },
    timeField: 'created_at',
    example: {
      deal_id: 'deal-2',
      stage: 'qualified',
      amount_minor: 250000,
      currency: 'USD',
      lead_id: 'lead-5',
      created_at: '2026-11-21T09:00:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    type: 'deal_stage_changed',
    purpose: 'A deal moved on, or back.',
    fields: {
      deal_id: dealId,
      stage: none(id, 'Where it stands from here on.'),
      previous_stage: none(optional(id), 'Where it stood.'),
      pipeline_id: none(optional(id), 'The pipeline.'),
      owner_id: ownerId,
      changed_at: none(optional(instant), 'When it moved.'),
    },
    timeField: 'changed_at',
    example: { deal_id: 'deal-2', stage: 'proposal', previous_stage: 'qualified', changed_at: '2026-11-22T09:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    ...valued,
    type: 'deal_won',
    purpose: 'The customer bought.',
    fields: {
      deal_id: dealId,
      amount_minor: amount,
      currency: iso,
      ...account,
      owner_id: ownerId,
      won_at: none(optional(instant), 'When it was agreed.'),
    },
    timeField: 'won_at',
    example: { deal_id: 'deal-2', amount_minor: 240000, currency: 'USD', won_at: '2026-11-22T09:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    ...valued,
    type: 'deal_lost',
    purpose: 'The customer did not buy.',
    fields: {
      deal_id: dealId,
      amount_minor: amount,
      currency: iso,
      loss_reason: none(optional(code), 'Why, as a word for programs, such as price or competitor.'),
      reason: direct(optional(text), 'Why, in words.'),
      ...account,
      owner_id: ownerId,
      lost_at: none(optional(instant), 'When it was given up.'),
    },
    timeField: 'lost_at',
    example: { deal_id: 'deal-2', loss_reason: 'price', lost_at: '2026-11-22T09:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    ...valued,
    type: 'quote_sent',
    purpose: 'The customer was told a price.',
    fields: {
      quote_id: none(id, 'The quote.'),
      deal_id: none(optional(id), 'The deal.'),
      amount_minor: amount,
      currency: iso,
      valid_until: none(optional(instant), 'How long it holds.'),
      owner_id: ownerId,
      sent_at: none(optional(instant), 'When it was sent.'),
    },
    timeField: 'sent_at',
    example: {
      quote_id: 'q-7',
      deal_id: 'deal-2',
      amount_minor: 250000,
      currency: 'USD',
      sent_at: '2026-11-22T09:00:00+07:00',
    },
  }),
  defineEvent({
    ...common,
    type: 'task_completed',
    purpose: 'Something that was to be done for a customer is done.',
    fields: {
      task_id: none(id, 'The task.'),
      task_type: none(optional(code), 'What kind of task it was, such as call, meeting or demo.'),
      deal_id: none(optional(id), 'The deal.'),
      lead_id: none(optional(id), 'The lead.'),
      outcome: direct(optional(text), 'What came of it, in words.'),
      owner_id: ownerId,
      completed_at: none(optional(instant), 'When it was done.'),
    },
    timeField: 'completed_at',
    example: { task_id: 'task-11', task_type: 'demo', deal_id: 'deal-2', completed_at: '2026-11-22T15:00:00+07:00' },
  }),
] as const;

/** An event of the B2B sales module. */
export type SalesEvent = EventOf<(typeof salesEvents)[number]>;
