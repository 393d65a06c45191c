import { code, direct, id, instant, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const fields = {
  channel: none(code, 'The way out it is about: email, sms, whatsapp, push.'),
  purpose: none(code, 'What for, such as marketing.'),
  via: none(optional(id), 'Where it was said: a campaign run, a form, a module.'),
  reason: direct(optional(text), 'Why, in words.'),
  at: none(optional(instant), 'When it was said.'),
};

/** Whether a customer may be written to; counts from every source. */
export const consentEvents = [
  defineEvent({
    type: 'consent.granted',
    version: 1,
    owner: 'cdp',
    purpose: 'The customer allows messages of a purpose on a channel.',
    category: 'customer',
    intake: true,
    fields,
    timeField: 'at',
    example: { channel: 'email', purpose: 'marketing', via: 'signup_form', at: '2026-11-20T09:00:00Z' },
  }),
  defineEvent({
    type: 'consent.withdrawn',
    version: 1,
    owner: 'cdp',
    purpose: 'The customer no longer wants messages of a purpose on a channel; no send is reserved after it.',
    category: 'customer',
    intake: true,
    fields,
    timeField: 'at',
    example: { channel: 'email', purpose: 'marketing', via: 'r1', at: '2026-11-22T09:00:00Z' },
  }),
] as const;

/** An event of the family `consent.*`. */
export type ConsentEvent = EventOf<(typeof consentEvents)[number]>;
