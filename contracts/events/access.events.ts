import { z } from 'zod';
import { code, count, customerIds, direct, hash, id, instant, none, optional, text } from './contract-fields.js';
import { consentTopic, TOPICS_MOST } from './consent-topics.js';
import { defineEvent, type EventOf } from './event-contract.js';

/** What a workspace does with events of a type that no contract declares. */
export const unknownTypePolicies = ['accept', 'quarantine'] as const;
export type UnknownTypePolicy = (typeof unknownTypePolicies)[number];

/** What a workspace does with events that name an identifier of someone who was erased. */
export const erasedIdentifierPolicies = ['refuse', 'accept'] as const;
export type ErasedIdentifierPolicy = (typeof erasedIdentifierPolicies)[number];

const timeZone = z.string().regex(/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/);
const countryCode = z.string().regex(/^[A-Z]{2}$/);

/** Who may come in, and how a workspace is set. */
export const accessEvents = [
  defineEvent({
    type: 'access.workspace_created',
    version: 1,
    owner: 'cebe',
    purpose: 'A workspace exists from here on.',
    category: 'access',
    intake: false,
    fields: { name: none(text, 'The name, for people.'), time_zone: none(timeZone, 'IANA time zone in which its days begin.') },
    example: { name: 'Toko Ada', time_zone: 'Asia/Jakarta' },
  }),
  defineEvent({
    type: 'access.settings_changed',
    version: 1,
    owner: 'cebe',
    purpose: 'Settings of a workspace changed; those not named stay. A change of the time zone starts a rebuild.',
    category: 'access',
    intake: false,
    fields: {
      time_zone: none(optional(timeZone), 'IANA time zone in which its days begin.'),
      unknown_types: none(optional(z.enum(unknownTypePolicies)), 'What happens to events of undeclared types.'),
      default_country: none(optional(countryCode), 'ISO 3166 country that phone numbers without a prefix belong to.'),
      postal_address: none(optional(text), 'The sender’s address, shown in the footer of each message.'),
      topics: none(optional(z.array(consentTopic).max(TOPICS_MOST)), 'The purposes that messages have and people can choose.'),
      opt_in_required: none(optional(z.boolean()), 'Whether only customers who granted consent are mailed.'),
      erased_identifiers: none(
        optional(z.enum(erasedIdentifierPolicies)),
        'What happens to events that name an identifier of someone who was erased.',
      ),
    },
    example: { time_zone: 'Asia/Jakarta', unknown_types: 'quarantine' },
  }),
  defineEvent({
    type: 'access.key_created',
    version: 1,
    owner: 'cebe',
    purpose: 'An API key may be used from here on; only its hash is known.',
    category: 'access',
    intake: false,
    fields: {
      name: none(z.string().min(1).max(200), 'The name, for people.'),
      prefix: none(id, 'The first characters of the key, to tell keys apart.'),
      hash: none(hash, 'SHA-256 of the key.'),
      scopes: none(z.array(id).max(100), 'What the key may do.'),
      source: none(id, 'The source that its events come from; keys of a source share message ids.'),
      role: none(optional(code), 'The role that its scopes were taken from.'),
      expires_at: none(optional(instant), 'From when on it is refused.'),
      allowed_addresses: none(optional(z.array(id).max(100)), 'IP addresses and CIDR ranges that it is taken from; absent: any.'),
      replaces: none(optional(id), 'The key whose rotation made it.'),
    },
    example: {
      name: 'shop',
      prefix: 'cebe_1a2b',
      hash: '9f86d081884c7d65',
      scopes: ['ingest:write'],
      source: 'commerce',
      role: 'developer',
    },
  }),
  defineEvent({
    type: 'access.key_rotated',
    version: 1,
    owner: 'cebe',
    purpose: 'Another key took the place of an API key, which is refused after an overlap.',
    category: 'access',
    intake: false,
    fields: {
      replaced_by: none(id, 'The new key.'),
      expires_at: none(instant, 'From when on the old one is refused.'),
    },
    example: { replaced_by: 'key_7k2m9qx4', expires_at: '2026-11-23T09:30:00.000Z' },
  }),
  defineEvent({
    type: 'access.key_revoked',
    version: 1,
    owner: 'cebe',
    purpose: 'An API key is refused from here on.',
    category: 'access',
    intake: false,
    fields: { reason: direct(optional(text), 'Why, in words.') },
    example: { reason: 'It was in a public repository.' },
  }),
  defineEvent({
    type: 'access.personal_data_revealed',
    version: 1,
    owner: 'cebe',
    purpose: 'Someone was shown personal values as they are; the audit log names who, whose and why.',
    category: 'access',
    intake: false,
    fields: {
      what: none(code, 'What was shown: a profile, a timeline, an export, …'),
      people: none(count, 'Of how many people.'),
      customer_ids: none(
        optional(customerIds),
        'Whose, where it is known before they are shown; of long lists the first of them.',
      ),
      reason: direct(optional(text), 'Why, in words.'),
    },
    example: { what: 'profile', people: 1, customer_ids: ['00001'], reason: 'The customer asked what we hold.' },
  }),
] as const;

/** An event of the family `access.*`. */
export type AccessEvent = EventOf<(typeof accessEvents)[number]>;
