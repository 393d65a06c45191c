import { direct, id, instant, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What customers do with advertisements of other systems. */
export const adEvents = [
  defineEvent({
    type: 'ad.clicked',
    version: 1,
    owner: 'ads',
    purpose: 'A customer clicked an advertisement.',
    category: 'customer',
    intake: true,
    fields: {
      campaign_id: none(id, 'The campaign of that system.'),
      ad_id: none(optional(id), 'The advertisement.'),
      url: direct(optional(text), 'Where it led.'),
      clicked_at: none(optional(instant), 'When it was clicked.'),
    },
    timeField: 'clicked_at',
    example: { campaign_id: 'spring', ad_id: 'a-1', clicked_at: '2026-11-22T10:00:00Z' },
  }),
] as const;

/** An event of the family `ad.*`. */
export type AdEvent = EventOf<(typeof adEvents)[number]>;
