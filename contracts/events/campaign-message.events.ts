import { z } from 'zod';
import { code, count, direct, hash, id, instant, none, optional, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** Why a recipient of a run is not sent to. */
export const suppressedReasons = [
  'no_address',
  'duplicate_address',
  'address_changed',
  'unsubscribed',
  'bounced',
  'complained',
  'manual',
  'imported',
  'capped',
  'erased',
] as const;
export type SuppressedReason = (typeof suppressedReasons)[number];

const run = none(id, 'The run of this engine.');
const campaign = none(id, 'The campaign of this engine.');
const attemptId = none(id, 'Names one attempt; only who wrote the reservation may send it.');
const addressHash = none(hash, 'Keyed hash of the address.');
const provider = none(optional(id), 'Who carried the message: mailgun, outbox.');
const providerEventId = none(optional(id), 'The provider’s id of the callback.');
const detail = direct(optional(text), 'What the other side answered, in its words.');
const at = none(optional(instant), 'When, by the clock of who tells it.');
const round = none(optional(count), 'How often the run had been reopened by then; 0 when absent.');
const attempt = { run, campaign: none(optional(id), 'The campaign of this engine.'), attempt_id: attemptId };

/** What modules say about the campaigns of their own systems; counted by (source, campaign_id), never in a run of this engine. */
const ofModules = {
  campaign_id: none(optional(id), 'The campaign of another system.'),
  message_id: none(optional(id), 'The message of another system.'),
  channel: none(optional(code), 'The way out, such as email.'),
};

const common = { version: 1, owner: 'cebe', category: 'customer', timeField: 'at' } as const;
const pushed = {
  intake: true,
  engineFields: ['run', 'campaign', 'attempt_id'],
  moduleFields: ['campaign_id'],
  moduleExample: { campaign_id: 'spring', message_id: 'm-1', at: '2026-11-22T10:00:00Z' },
} as const;
const callback = { ...attempt, ...ofModules, provider, provider_event_id: providerEventId, at };

const ids = { run: 'r1', campaign: 'c1', attempt_id: '7d1f6c8e-1111-4111-8111-111111111111' };
const called = { ...ids, provider: 'mailgun', provider_event_id: 'evt-1', at: '2026-11-22T10:05:00Z' };

/** What becomes of one message to one customer, from its reservation to the last click. */
export const campaignMessageEvents = [
  defineEvent({
    ...common,
    type: 'campaign.message_reserved',
    purpose: 'A message may now be handed to the provider, by the writer of this attempt only.',
    intake: false,
    fields: { run, campaign, attempt_id: attemptId, address_hash: addressHash, channel: none(code, 'The way out.'), at },
    example: { ...ids, address_hash: 'h3ash', channel: 'email' },
  }),
  defineEvent({
    ...common,
    type: 'campaign.message_lapsed',
    purpose: 'The writer of the attempt did not hand it over in time and no byte went out: it counts as refused.',
    intake: false,
    fields: { ...attempt, at },
    example: ids,
  }),
  defineEvent({
    ...common,
    ...pushed,
    type: 'campaign.message_sent',
    purpose: 'The provider took the message.',
    fields: {
      ...attempt,
      ...ofModules,
      provider,
      provider_message_id: none(optional(id), 'The provider’s id of the message.'),
      at,
    },
    example: { ...ids, provider: 'mailgun', provider_message_id: '20261122.1@mg.shop.example' },
  }),
  defineEvent({
    ...common,
    ...pushed,
    type: 'campaign.message_delivered',
    purpose: 'The mail server of the customer took the message.',
    fields: callback,
    example: called,
  }),
  defineEvent({
    ...common,
    ...pushed,
    type: 'campaign.message_opened',
    purpose: 'The message was opened.',
    fields: { ...callback, by_machine: none(optional(z.boolean()), 'True when a program opened it, not a person.') },
    example: called,
  }),
  defineEvent({
    ...common,
    ...pushed,
    type: 'campaign.message_clicked',
    purpose: 'A link in the message was followed.',
    fields: {
      ...callback,
      url: quasi(optional(text), 'The link.'),
      by_machine: none(optional(z.boolean()), 'True when a program followed it, not a person.'),
    },
    example: { ...called, url: 'https://shop.example/sale' },
  }),
  defineEvent({
    ...common,
    ...pushed,
    type: 'campaign.message_bounced',
    purpose: 'The message came back.',
    fields: {
      ...callback,
      severity: none(z.enum(['permanent', 'temporary']), 'Permanent: the address does not take mail.'),
      reason: none(optional(id), 'The provider’s word for it.'),
      detail,
    },
    example: { ...called, severity: 'permanent', reason: 'no_mailbox', detail: '550 5.1.1 no such mailbox' },
    moduleExample: { ...pushed.moduleExample, severity: 'permanent' },
  }),
  defineEvent({
    ...common,
    ...pushed,
    type: 'campaign.message_complained',
    purpose: 'The customer called the message spam.',
    fields: callback,
    example: called,
  }),
  defineEvent({
    ...common,
    ...pushed,
    engineFields: ['run', 'campaign', 'attempt_id', 'retry_at', 'round'],
    type: 'campaign.message_failed',
    purpose: 'The attempt was definitively refused, or the message could not be made.',
    fields: {
      ...attempt,
      ...ofModules,
      attempt_id: none(optional(id), 'The attempt; absent when nothing was reserved.'),
      provider,
      reason: none(z.string().min(1).max(500), 'The reason, normalised and without personal data.'),
      retryable: none(optional(z.boolean()), 'Whether another attempt may succeed.'),
      retry_at: none(optional(instant), 'When the next attempt is due; absent when there is to be none.'),
      round,
      detail,
      at,
    },
    example: { ...ids, provider: 'mailgun', reason: 'provider_429', retryable: true },
    moduleExample: { ...pushed.moduleExample, reason: 'no_route' },
  }),
  defineEvent({
    ...common,
    type: 'campaign.message_dropped',
    purpose: 'A person decided that the failed message is to be left as it is; it stays failed and waits for nobody.',
    intake: false,
    fields: { run, reason: direct(optional(text), 'Why, in words.'), at },
    example: { run: 'r1' },
  }),
  defineEvent({
    ...common,
    type: 'campaign.message_uncertain',
    purpose: 'It is not known whether the provider took the message; it is looked up, never sent again by itself.',
    intake: false,
    fields: { ...attempt, provider, reason: none(z.string().min(1).max(500), 'Why it is not known.'), round, at },
    example: { ...ids, provider: 'mailgun', reason: 'connection_lost' },
  }),
  defineEvent({
    ...common,
    type: 'campaign.message_suppressed',
    purpose: 'The customer is in the run and is not sent to.',
    intake: false,
    fields: {
      run,
      campaign: none(optional(id), 'The campaign of this engine.'),
      address_hash: none(optional(hash), 'Keyed hash of the address, when there is one.'),
      reason: none(z.enum(suppressedReasons), 'Why.'),
      at,
    },
    example: { run: 'r1', campaign: 'c1', reason: 'unsubscribed' },
  }),
] as const;

/** An event about one message of a campaign. */
export type CampaignMessageEvent = EventOf<(typeof campaignMessageEvents)[number]>;
