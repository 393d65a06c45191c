import { z } from 'zod';
import { type identifierKinds } from './events/event-contract.js';
import { quarantineCodes } from './quarantine-codes.js';

/** What ingest takes at most; sizes in bytes, times in milliseconds. */
export const ingestLimits = {
  eventsPerRequest: 2_500,
  requestBytes: 512_000,
  eventBytes: 32_768,
  messageIdLength: 128,
  eventsInFlight: 10_000,
  bytesInFlight: 67_108_864,
  futureTolerance: 600_000,
  idleImport: 86_400_000,
} as const;

const openObject = z.record(z.string(), z.unknown());

/** Whom an event is about: an id, identifiers, or both. */
export const intakeCustomerSchema = z.strictObject({
  qontak_customer_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  identifiers: z
    .strictObject({
      external_id: z.string().max(1_024).optional(),
      email: z.string().max(1_024).optional(),
      phone: z.string().max(1_024).optional(),
      anonymous_id: z.string().max(1_024).optional(),
    } satisfies Record<(typeof identifierKinds)[number], z.ZodType>)
    .optional(),
});

/** One event as modules send it. Its properties are held against the contract of its type afterwards. */
export const intakeEventSchema = z.strictObject({
  type: z.string().min(1),
  message_id: z.string().min(1).max(ingestLimits.messageIdLength),
  occurred_at: z.iso.datetime({ offset: true }).optional(),
  customer: intakeCustomerSchema.optional(),
  properties: openObject.optional(),
  context: openObject.optional(),
  schema_version: z.int().positive().optional(),
});

/** The answer to one entry of a request. */
export const receiptSchema = z.object({
  message_id: z.string().optional(),
  status: z.enum(['accepted', 'duplicate', 'quarantined']),
  event_id: z.string().optional(),
  qontak_customer_id: z.string().optional(),
  position: z.string().optional(),
  code: z.enum(Object.keys(quarantineCodes)).optional(),
  detail: z.string().optional(),
  pointer: z.string().optional(),
  line: z.int().positive().optional().describe('Of an NDJSON body, counted from 1'),
  warnings: z
    .array(z.object({ code: z.enum(Object.keys(quarantineCodes)), detail: z.string(), pointer: z.string() }))
    .optional()
    .describe('What the tracking plan of the source has against it'),
});

/** The answer to a request: a receipt for each entry, in their order, and where the log stood after it. */
export const ingestAnswerSchema = z.object({ receipts: z.array(receiptSchema), position: z.string() });

export type Receipt = z.infer<typeof receiptSchema>;
export type IngestAnswer = z.infer<typeof ingestAnswerSchema>;
