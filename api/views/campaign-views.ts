import { z } from 'zod';
import { suppressionReasons } from '../../contracts/events/suppression.events.js';
import type { CampaignDocument } from '../../contracts/read-models/campaigns.port.js';
import type { StoredMessage } from '../../contracts/read-models/messages.port.js';
import type { Funnel } from '../../commands/campaigns/funnel.js';
import { parseSummary } from '../../commands/campaigns/funnel.js';

const time = z.string();

export const templateSchema = z.object({
  template_id: z.string(),
  name: z.string(),
  subject: z.string(),
  html: z.string(),
  text: z.string().optional(),
  revision: z.int(),
  created_at: time,
  updated_at: time,
});

export const campaignSchema = z.object({
  campaign_id: z.string(),
  name: z.string(),
  segment_id: z.string(),
  template_id: z.string(),
  channel: z.string(),
  purpose: z.string(),
  from: z.string(),
  reply_to: z.string().optional(),
  schedule: z.object({ at: time, max_delay_sec: z.int() }).optional(),
  throttle: z.object({ per_second: z.number() }).optional(),
  revision: z.int(),
  state: z.enum(['draft', 'scheduled', 'launched', 'missed']),
  run_id: z.string().optional(),
  missed_cause: z.string().optional(),
  created_at: time,
  updated_at: time,
});

/** A campaign as the API shows it. */
export function campaignView({
  schedule_at,
  max_delay_sec,
  per_second,
  ...rest
}: CampaignDocument): z.infer<typeof campaignSchema> {
  return {
    ...rest,
    ...(schedule_at === undefined ? {} : { schedule: { at: schedule_at, max_delay_sec } }),
    ...(per_second === undefined ? {} : { throttle: { per_second } }),
  };
}

const outcomes = z.object({
  pending: z.int(),
  sent: z.int(),
  failed: z.int(),
  uncertain: z.int(),
  cancelled: z.int(),
  suppressed: z.int(),
});

export const runSchema = z.object({
  run_id: z.string(),
  campaign_id: z.string(),
  state: z.enum(['gathering', 'sending', 'paused', 'cancelling', 'completed', 'missed']),
  is_cancelled: z.boolean().optional(),
  cause: z.enum(['launch', 'schedule']),
  started_at: time,
  sealed_at: time.optional(),
  completed_at: time.optional(),
  segment_id: z.string().optional(),
  segment_revision: z.int().optional(),
  template_id: z.string().optional(),
  template_revision: z.int().optional(),
  channel: z.string().optional(),
  reopened: z.int(),
  audience: z.int().optional().describe('Customers of the snapshot, once it is complete'),
  counts: outcomes
    .partial()
    .optional()
    .describe('Of `/campaign-runs/{run_id}`: adds up to the audience now. Of the list: as at the completion'),
  missed_cause: z.string().optional(),
});

const step = z.object({
  people: z.int(),
  total: z.int(),
  of: z.enum(['sent', 'delivered']),
  denominator: z.int(),
  rate: z.number().optional(),
});

export const funnelSchema = z.object({
  audience: z.int(),
  outcomes,
  suppressed_by_reason: z.record(z.string(), z.int()),
  steps: z.object({ delivered: step, opened: step, clicked: step, bounced: step, complained: step, unsubscribed: step }),
  opened_by_machine: z.object({ people: z.int(), total: z.int() }),
});

/** A funnel as the API shows it. */
export function funnelView(funnel: Funnel): z.infer<typeof funnelSchema> {
  return { ...funnel, suppressed_by_reason: { ...funnel.suppressed_by_reason } };
}

export const messageSchema = z.object({
  qontak_customer_id: z.string(),
  outcome: z.enum(['pending', 'reserved', 'retrying', 'sent', 'failed', 'uncertain', 'cancelled', 'suppressed']),
  reason: z.string().optional(),
  retry_at: time.optional(),
  attempts: z.int(),
  counts: z.record(z.string(), z.int()).describe('How often delivered, opened, clicked, …; opened implies delivered'),
  timeline: z.array(z.object({ event: z.string(), at: time, detail: z.string().optional() })),
});

/** A recipient with what became of the message. */
export function messageView(message: StoredMessage): z.infer<typeof messageSchema> {
  const { customer_id, outcome, reason, retry_at, attempts, summary, timeline } = message;
  return {
    qontak_customer_id: customer_id,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(retry_at === undefined ? {} : { retry_at }),
    attempts: attempts.length,
    counts: Object.fromEntries(Object.entries(parseSummary(summary).counts)),
    timeline: timeline.map((moment) => ({ ...moment })),
  };
}

export const suppressionSchema = z.object({
  address_hash: z.string(),
  reason: z.enum(suppressionReasons),
  added_at: time,
});
