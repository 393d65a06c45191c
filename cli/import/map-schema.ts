import { z } from 'zod';
import { identifierKinds } from '../../contracts/events/event-contract.js';
import { parseTemplate, type Template } from './template.js';

/** What a value can be turned into; absent: it stays as it stands in the file. */
export const conversions = ['text', 'integer', 'number', 'decimal', 'boolean', 'time'] as const;
export type Conversion = (typeof conversions)[number];

const template = z
  .string()
  .min(1)
  .transform((text, context): Template => {
    const parsed = parseTemplate(text);
    if (typeof parsed !== 'string') return parsed;
    context.addIssue({ code: 'custom', message: parsed });
    return z.NEVER;
  });

const fieldObject = z
  .strictObject({
    value: template.optional(),
    constant: z.union([z.string(), z.number(), z.boolean()]).optional(),
    as: z.enum(conversions).optional(),
    format: z.string().min(1).optional(),
    zone: z.string().min(1).optional(),
    decimal_mark: z.enum(['.', ',']).optional(),
    group_mark: z.enum(['.', ',', ' ', "'"]).optional(),
  })
  .refine(({ value, constant }) => (value === undefined) !== (constant === undefined), 'expected either value or constant');

/** A text alone is a template. */
const field = z.preprocess((given) => (typeof given === 'string' ? { value: given } : given), fieldObject);

/** How one value of an event is made. */
export type FieldMap = z.infer<typeof fieldObject>;

const identifiers = z.partialRecord(z.enum(identifierKinds), template);

/** The map of `cebe import csv|ndjson`: from a row to an event. */
export const importMapSchema = z.strictObject({
  type: template,
  message_id: template,
  customer: z.strictObject({ qontak_customer_id: template.optional(), identifiers: identifiers.optional() }),
  occurred_at: field.optional(),
  properties: z.record(z.string(), field).default({}),
  context: z.record(z.string(), field).optional(),
  csv: z
    .strictObject({
      delimiter: z.string().min(1).max(4).default(','),
      quote: z.string().length(1).default('"'),
      encoding: z.enum(['utf-8', 'utf-16le', 'latin1']).default('utf-8'),
      columns: z.array(z.string().min(1)).min(1).optional(),
    })
    .optional(),
});

export type ImportMap = z.infer<typeof importMapSchema>;
