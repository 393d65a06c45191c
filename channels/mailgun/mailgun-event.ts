import { z } from 'zod';
import { MESSAGE_VARIABLE } from '../mail-headers.js';
import type { ProviderEvent, ProviderEventKind, ProviderSuppression } from '../provider-event.js';

const text = z.string().optional().catch(undefined);
const code = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);

// What is missing or of another type is left out; only what makes it an event at all is demanded.
const eventData = z.looseObject({
  event: z.string(),
  id: z.string().min(1),
  timestamp: z.number().positive().max(8.64e12),
  recipient: text,
  reason: text,
  severity: text,
  url: text,
  ip: text,
  tags: z.array(z.string()).catch([]),
  message: z
    .looseObject({ headers: z.looseObject({ 'message-id': text }).catch({ 'message-id': undefined }) })
    .optional()
    .catch(undefined),
  'user-variables': z
    .looseObject({ [MESSAGE_VARIABLE]: text })
    .optional()
    .catch(undefined),
  'client-info': z.looseObject({ bot: text }).optional().catch(undefined),
  'delivery-status': z.looseObject({ code, message: text, description: text }).optional().catch(undefined),
});

type EventData = z.output<typeof eventData>;

// Maps: what Mailgun sends may be called `constructor`.
const kinds: ReadonlyMap<string, ProviderEventKind> = new Map(
  (['accepted', 'delivered', 'opened', 'clicked', 'unsubscribed', 'complained', 'failed'] as const).map((kind) => [kind, kind]),
);

// Mailgun kept the message back because of its own lists.
const suppressions: ReadonlyMap<string, ProviderSuppression> = new Map([
  ['605', 'bounced'],
  ['606', 'unsubscribed'],
  ['607', 'complained'],
  ['suppress-bounce', 'bounced'],
  ['suppress-unsubscribe', 'unsubscribed'],
  ['suppress-complaint', 'complained'],
]);

function firstText(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((candidate) => candidate !== undefined && candidate.trim() !== '');
}

function failureOf(data: EventData): NonNullable<ProviderEvent['failure']> {
  const status = data['delivery-status'];
  const code = firstText(status?.code);
  const suppressed = suppressions.get(code ?? '') ?? suppressions.get(data.reason ?? '');
  return {
    permanence: data.severity === 'permanent' || suppressed !== undefined ? 'permanent' : 'temporary',
    ...(code === undefined ? {} : { code }),
    reason: firstText(status?.message, status?.description, data.reason) ?? 'no reason given',
    ...(suppressed === undefined ? {} : { suppressed }),
  };
}

/** Reads an `event-data` of a webhook or an item of the Events API; null for what is not an event. Unknown kinds are `other`. */
export function parseMailgunEvent(raw: unknown): ProviderEvent | null {
  const parsed = eventData.safeParse(raw);
  if (!parsed.success) return null;
  const data = parsed.data;
  const messageId = firstText(data.message?.headers['message-id']?.replace(/^<(.*)>$/, '$1'));
  const token = data['user-variables']?.[MESSAGE_VARIABLE];
  const bot = firstText(data['client-info']?.bot);
  const kind = kinds.get(data.event) ?? 'other';
  return {
    kind,
    id: data.id,
    occurred_at: new Date(Math.round(data.timestamp * 1000)).toISOString(),
    ...(data.recipient === undefined ? {} : { recipient: data.recipient }),
    ...(messageId === undefined ? {} : { provider_message_id: messageId }),
    ...(typeof token === 'string' ? { message_token: token } : {}),
    tags: data.tags,
    ...(data.url === undefined ? {} : { url: data.url }),
    ...(data.ip === undefined ? {} : { ip: data.ip }),
    ...(bot === undefined ? {} : { automated: 'bot' }),
    ...(kind === 'failed' ? { failure: failureOf(data) } : {}),
    // An object: it has just been parsed as one.
    raw: raw as Readonly<Record<string, unknown>>,
  };
}
