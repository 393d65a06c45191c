import { direct, id, optional, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const place = {
  name: quasi(optional(text), 'What it is called.'),
  category: quasi(optional(text), 'What it belongs to.'),
};

/** What people look at in apps and on pages, and what groups they belong to; named as event clients name it. */
export const visitEvents = [
  defineEvent({
    openBefore: true,
    type: 'page_viewed',
    version: 1,
    owner: 'cdp',
    purpose: 'Someone looked at a page of a site.',
    category: 'customer',
    intake: true,
    // Addresses and titles of pages are free text: a search or a path may hold anything.
    fields: {
      ...place,
      url: direct(optional(text), 'The whole address.'),
      path: direct(optional(text), 'The path of the address.'),
      search: direct(optional(text), 'The query string of the address.'),
      title: direct(optional(text), 'The title of the page.'),
      referrer: direct(optional(text), 'The address of the page before.'),
    },
    example: { name: 'Pricing', url: 'https://shop.example/pricing', path: '/pricing', title: 'Prices' },
  }),
  defineEvent({
    openBefore: true,
    type: 'screen_viewed',
    version: 1,
    owner: 'cdp',
    purpose: 'Someone looked at a screen of an app.',
    category: 'customer',
    intake: true,
    fields: place,
    example: { name: 'Cart', category: 'Shop' },
  }),
  defineEvent({
    openBefore: true,
    type: 'group_joined',
    version: 1,
    owner: 'cdp',
    purpose: 'A customer belongs to a group, such as a company or an account.',
    category: 'customer',
    intake: true,
    fields: { group_id: quasi(id, 'The group.') },
    example: { group_id: 'acme' },
  }),
] as const;

/** An event of what people look at. */
export type VisitEvent = EventOf<(typeof visitEvents)[number]>;
