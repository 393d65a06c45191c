import { z } from 'zod';
import { added, code, count, currency, direct, id, instant, minorUnits, none, optional, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const campaignId = none(id, 'The campaign of that system.');
const adSetId = none(optional(id), 'The ad set, also called ad group.');
const adId = none(optional(id), 'The advertisement.');
const platform = none(optional(code), 'Where it was shown, such as google or meta.');
const common = { version: 1, owner: 'ads', category: 'customer', intake: true } as const;

/** What customers do with advertisements of other systems, and what these cost. */
export const adEvents = [
  defineEvent({
    ...common,
    type: 'ad.impression',
    purpose: 'A customer was shown an advertisement.',
    fields: {
      campaign_id: campaignId,
      ad_set_id: adSetId,
      ad_id: adId,
      platform,
      placement: none(optional(id), 'The place in which it stood.'),
      shown_at: none(optional(instant), 'When it was shown.'),
    },
    timeField: 'shown_at',
    example: { campaign_id: 'spring', ad_set_id: 'set-1', ad_id: 'a-1', platform: 'meta', shown_at: '2026-11-22T09:59:00Z' },
  }),
  defineEvent({
    ...common,
    type: 'ad.clicked',
    purpose: 'A customer clicked an advertisement.',
    fields: {
      campaign_id: campaignId,
      ad_id: adId,
      url: direct(optional(text), 'Where it led.'),
      clicked_at: none(optional(instant), 'When it was clicked.'),
      ad_set_id: added(adSetId),
      platform: added(platform),
    },
    timeField: 'clicked_at',
    example: { campaign_id: 'spring', ad_id: 'a-1', clicked_at: '2026-11-22T10:00:00Z' },
  }),
  defineEvent({
    ...common,
    type: 'ad.lead_submitted',
    purpose: 'A customer filled in the form of an advertisement.',
    fields: {
      campaign_id: campaignId,
      lead_id: none(id, 'The lead, as that system names it.'),
      form_id: none(optional(id), 'The form.'),
      ad_set_id: adSetId,
      ad_id: adId,
      platform,
      email: direct(optional(text), 'E-mail address that was filled in; an identifier.'),
      phone: direct(optional(text), 'Phone number that was filled in; an identifier.'),
      name: direct(optional(text), 'Name that was filled in.'),
      submitted_at: none(optional(instant), 'When it was sent off.'),
    },
    timeField: 'submitted_at',
    identifiers: { email: 'email', phone: 'phone' },
    example: {
      campaign_id: 'spring',
      lead_id: 'lead-5',
      form_id: 'form-1',
      email: 'ada@mail.example',
      name: 'Ada',
      submitted_at: '2026-11-22T10:02:00Z',
    },
  }),
  defineEvent({
    ...common,
    type: 'ad.converted',
    purpose: 'What an advertisement is for came about: the advertising system credits it with a purchase, a sign-up, a lead.',
    fields: {
      campaign_id: campaignId,
      conversion: none(code, 'What came about, such as purchase or sign_up.'),
      conversion_id: none(optional(id), 'The conversion, as that system names it.'),
      ad_set_id: adSetId,
      ad_id: adId,
      platform,
      order_id: none(optional(id), 'The order that it was.'),
      amount_minor: none(optional(minorUnits), 'What it is worth.'),
      currency: none(optional(currency), 'ISO 4217 code; needed beside an amount.'),
      converted_at: none(optional(instant), 'When it came about.'),
    },
    timeField: 'converted_at',
    money: ['amount'],
    measures: [{ field: 'amount_minor', per: 'currency' }],
    example: {
      campaign_id: 'spring',
      conversion: 'purchase',
      ad_set_id: 'set-1',
      order_id: '9',
      amount_minor: 1990,
      currency: 'USD',
      converted_at: '2026-11-22T10:10:00Z',
    },
  }),
  defineEvent({
    ...common,
    type: 'ad.spend_recorded',
    category: 'ad_campaign',
    purpose:
      'What an ad set cost on one day. It concerns no customer. Sent again for the same campaign, ad set and day, the later one counts.',
    streamField: 'campaign_id',
    fields: {
      campaign_id: campaignId,
      ad_set_id: none(id, 'The ad set, also called ad group.'),
      spend_date: none(z.iso.date(), 'The day, in the time zone of the advertising account.'),
      spend_minor: none(minorUnits, 'What was spent.'),
      currency: none(currency, 'ISO 4217 code.'),
      platform,
      campaign_name: none(optional(z.string().max(200)), 'The name of the campaign, for people.'),
      ad_set_name: none(optional(z.string().max(200)), 'The name of the ad set, for people.'),
      impressions: none(optional(count), 'How often it was shown.'),
      clicks: none(optional(count), 'How often it was clicked.'),
      recorded_at: none(optional(instant), 'When the figure was taken.'),
    },
    timeField: 'recorded_at',
    money: ['spend'],
    measures: [{ field: 'spend_minor', per: 'currency' }, { field: 'impressions' }, { field: 'clicks' }],
    example: {
      campaign_id: 'spring',
      ad_set_id: 'set-1',
      spend_date: '2026-11-21',
      spend_minor: 12550,
      currency: 'USD',
      platform: 'meta',
      impressions: 8200,
      clicks: 131,
      recorded_at: '2026-11-22T01:00:00Z',
    },
  }),
] as const;

/** An event of the family `ad.*`. */
export type AdEvent = EventOf<(typeof adEvents)[number]>;
