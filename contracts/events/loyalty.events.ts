import { code, count, direct, id, instant, none, optional, quasi, text } from './contract-fields.js';
import { defineEvent, type EventOf } from './event-contract.js';

const programId = none(optional(id), 'The programme, where there are several.');
const points = none(count, 'How many points, as a whole number from 0.');
const balance = none(optional(count), 'How many the customer has after it.');
const common = { version: 1, owner: 'loyalty', category: 'customer', intake: true, openBefore: true } as const;

/** What customers gather for staying, and what they get for it. */
export const loyaltyEvents = [
  defineEvent({
    ...common,
    type: 'points_earned',
    purpose: 'A customer was given points.',
    fields: {
      points,
      balance,
      program_id: programId,
      cause: none(optional(code), 'What for, such as order, birthday or referral.'),
      order_id: none(optional(id), 'The order that they are for.'),
      earned_at: none(optional(instant), 'When they were given.'),
      expires_at: none(optional(instant), 'When they end if they are not used.'),
    },
    timeField: 'earned_at',
    measures: [{ field: 'points' }],
    example: { points: 20, balance: 120, cause: 'order', order_id: '9', earned_at: '2026-11-22T10:06:00+07:00' },
  }),
  defineEvent({
    ...common,
    type: 'points_redeemed',
    purpose: 'A customer paid with points.',
    fields: {
      points,
      balance,
      program_id: programId,
      reward_id: none(optional(id), 'What they were given for.'),
      order_id: none(optional(id), 'The order that they paid for.'),
      redeemed_at: none(optional(instant), 'When they were used.'),
    },
    timeField: 'redeemed_at',
    measures: [{ field: 'points' }],
    example: { points: 50, balance: 70, reward_id: 'free-cup', redeemed_at: '2026-11-22T10:20:00+07:00' },
  }),
  defineEvent({
    ...common,
    type: 'points_expired',
    purpose: 'Points of a customer ended unused.',
    fields: { points, balance, program_id: programId, expired_at: none(optional(instant), 'When they ended.') },
    timeField: 'expired_at',
    measures: [{ field: 'points' }],
    example: { points: 10, balance: 60, expired_at: '2026-11-22T00:00:00+07:00' },
  }),
  defineEvent({
    ...common,
    type: 'tier_changed',
    purpose: 'A customer moved to another tier of the programme.',
    fields: {
      tier: quasi(id, 'The tier from here on.'),
      previous_tier: quasi(optional(id), 'The tier before.'),
      program_id: programId,
      reason: direct(optional(text), 'Why, in words.'),
      changed_at: none(optional(instant), 'When it changed.'),
    },
    timeField: 'changed_at',
    example: { tier: 'gold', previous_tier: 'silver', changed_at: '2026-11-22T10:06:00+07:00' },
  }),
  defineEvent({
    ...common,
    type: 'reward_claimed',
    purpose: 'A customer took a reward.',
    fields: {
      reward_id: none(id, 'The reward.'),
      claim_id: none(optional(id), 'The claim.'),
      reward_name: quasi(optional(text), 'Its name.'),
      points: none(optional(count), 'What it cost in points.'),
      program_id: programId,
      claimed_at: none(optional(instant), 'When it was taken.'),
    },
    timeField: 'claimed_at',
    measures: [{ field: 'points' }],
    example: { reward_id: 'free-cup', claim_id: 'claim-8', points: 50, claimed_at: '2026-11-22T10:20:00+07:00' },
  }),
] as const;

/** An event of the Loyalty module. */
export type LoyaltyEvent = EventOf<(typeof loyaltyEvents)[number]>;
