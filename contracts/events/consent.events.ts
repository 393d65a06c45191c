import { z } from 'zod';
import { code, direct, id, instant, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What was said, where, and what proves it. */
const fields = {
  channel: none(code, 'The way out it is about: email, sms, whatsapp, push.'),
  purpose: none(code, 'What for, such as marketing; the topic that people choose.'),
  via: none(optional(id), 'Where it was said: a campaign run, a form, a module.'),
  wording_version: none(optional(id), 'Which version of the words the customer saw.'),
  reason: direct(optional(text), 'Why, in words.'),
  ip: direct(optional(text), 'The address that the customer’s request came from.'),
  recorded_by: direct(optional(text), 'Who took it down, where a person did.'),
  evidence: direct(optional(text), 'What else proves it: the reference of a form, a recording or a letter.'),
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
    fields: {
      ...fields,
      method: none(optional(z.enum(['opt_in', 'double_opt_in'])), 'Double: confirmed by a link in a message to the address.'),
    },
    timeField: 'at',
    example: {
      channel: 'email',
      purpose: 'marketing',
      via: 'signup_form',
      wording_version: '2026-10',
      method: 'opt_in',
      at: '2026-11-20T09:00:00Z',
    },
  }),
  defineEvent({
    type: 'consent.withdrawn',
    version: 1,
    owner: 'cdp',
    purpose: 'The customer no longer wants messages of a purpose on a channel; no send is reserved after it.',
    category: 'customer',
    intake: true,
    fields: {
      ...fields,
      method: none(optional(z.enum(['opt_out', 'withdrawal'])), 'Withdrawal: it had been granted; opt-out: it had not.'),
    },
    timeField: 'at',
    example: { channel: 'email', purpose: 'marketing', via: 'r1', method: 'withdrawal', at: '2026-11-22T09:00:00Z' },
  }),
] as const;

/** An event of the family `consent.*`. */
export type ConsentEvent = EventOf<(typeof consentEvents)[number]>;
