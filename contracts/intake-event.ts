import type { z } from 'zod';
import type { LooksPersonal } from './events/classify.js';
import type { IdentifierKind } from './events/event-contract.js';
import { toUtc } from './events/intake.js';
import { kindOf, readOpenFields } from './events/open-fields.js';
import { intakeEventSchema } from './ingest.js';
import type { JsonObject } from './json.js';
import type { IntakeRefusal, QuarantineCode } from './quarantine-codes.js';
import { isSurelyValid } from './surely-valid.js';
import { pointerStep } from './zod-places.js';

/** The envelope of a pushed event, checked; its properties are still as they came (see `parseIntake`). */
export interface IntakeEvent {
  readonly type: string;
  readonly messageId: string;
  /** UTC with milliseconds; absent when the envelope does not say. */
  readonly occurredAt?: string | undefined;
  readonly customerId?: string | undefined;
  readonly identifiers: Readonly<Partial<Record<IdentifierKind, string>>>;
  readonly properties: unknown;
  readonly context: JsonObject;
  readonly schemaVersion?: number | undefined;
}

const codeOfField: Readonly<Record<string, QuarantineCode>> = {
  type: 'type_missing',
  message_id: 'message_id_missing',
  occurred_at: 'occurred_at_invalid',
  customer: 'customer_id_invalid',
  properties: 'properties_invalid',
  context: 'context_invalid',
  schema_version: 'schema_version_unknown',
};

/** Checks the envelope of one entry. What depends on the clock, the workspace or the type is left to others. */
export function parseIntakeEvent(
  entry: unknown,
  options: { readonly looksPersonal: LooksPersonal },
): { readonly ok: true; readonly event: IntakeEvent } | IntakeRefusal {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return { ok: false, code: 'event_invalid', detail: `expected an object, found ${kindOf(entry)}`, pointer: '' };
  }
  const parsed = readEnvelope(entry);
  if (!parsed.success) return refusalOf(firstIssue(parsed.error), options.looksPersonal);
  const { type, message_id: messageId, occurred_at: time, customer, schema_version: schemaVersion } = parsed.data;
  if (!messageId.isWellFormed()) {
    return { ok: false, code: 'message_id_invalid', detail: 'expected text without half a character', pointer: '/message_id' };
  }
  const occurredAt = time === undefined ? undefined : toUtc(time);
  if (time !== undefined && occurredAt === undefined) {
    return {
      ok: false,
      code: 'occurred_at_invalid',
      detail: 'expected a time in the years 0000 to 9999 of UTC',
      pointer: '/occurred_at',
    };
  }
  // The parsed copy lacks keys such as __proto__: what is checked and stored has to be what came.
  const raw = entry as { readonly properties?: unknown; readonly context?: unknown };
  const context = raw.context === undefined || raw.context === null ? NONE : readContext(raw.context, options);
  if (!context.ok) return context;
  const { qontak_customer_id: customerId, identifiers = {} } = customer ?? {};
  return {
    ok: true,
    event: {
      type,
      messageId,
      occurredAt,
      customerId,
      // What came as JSON has no undefined.
      identifiers: identifiers as IntakeEvent['identifiers'],
      properties: raw.properties ?? {},
      context: context.fields,
      schemaVersion,
    },
  };
}

const NONE = { ok: true, fields: {} } as const;

function readContext(
  context: unknown,
  { looksPersonal }: { readonly looksPersonal: LooksPersonal },
): ReturnType<typeof readOpenFields> {
  return readOpenFields(context, { looksPersonal, otherwise: 'context_invalid', base: '/context' });
}

type Envelope = z.infer<typeof intakeEventSchema>;

function readEnvelope(entry: object): { readonly success: true; readonly data: Envelope } | z.ZodSafeParseError<Envelope> {
  // It is what the schema would answer.
  if (isSurelyValid(intakeEventSchema, entry)) return { success: true, data: entry as Envelope };
  const parsed = intakeEventSchema.safeParse(entry);
  return parsed.success ? parsed : intakeEventSchema.safeParse(withoutNulls(entry, 3));
}

/** Null means "no value" in the envelope too: the event itself, its customer and the identifiers lose fields that are null. */
function withoutNulls(value: unknown, levels: number): unknown {
  if (levels === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value).map(([name, inner]: [string, unknown]): [string, unknown] =>
    name === 'customer' || name === 'identifiers' ? [name, withoutNulls(inner, levels - 1)] : [name, inner],
  );
  return Object.fromEntries(fields.filter(([, inner]) => inner !== null && inner !== undefined));
}

/** The first thing wrong, in the order of the envelope's fields. */
function firstIssue(error: z.ZodError): z.core.$ZodIssue {
  const order = Object.keys(codeOfField);
  const rank = (issue: z.core.$ZodIssue): number =>
    issue.path.length === 0 ? order.length : order.indexOf(String(issue.path[0]));
  return error.issues.reduce((first, issue) => (rank(issue) < rank(first) ? issue : first), error.issues[0] as z.core.$ZodIssue);
}

function refusalOf(issue: z.core.$ZodIssue, looksPersonal: LooksPersonal): IntakeRefusal {
  const pointer = issue.path.map(pointerStep).join('');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const detail = 'there is no such field; what the event says goes into properties or context';
    return { ok: false, code: 'event_field_unknown', detail, pointer: looksPersonal(key) ? pointer : pointer + pointerStep(key) };
  }
  return { ok: false, code: codeOf(issue), detail: issue.message, pointer };
}

function codeOf(issue: z.core.$ZodIssue): QuarantineCode {
  const [field, inner] = issue.path;
  if (field === 'message_id' && issue.code === 'too_big') return 'message_id_too_long';
  if (field === 'customer' && inner === 'identifiers') return 'identifier_invalid';
  return codeOfField[String(field)] ?? 'event_invalid';
}
