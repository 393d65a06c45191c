import { classify, type ClassifiedBody, type FoundIdentifier } from '../../contracts/events/classify.js';
import type { ErasedIdentifierPolicy } from '../../contracts/events/access.events.js';
import { findContract } from '../../contracts/events/event-contracts.js';
import { parseIntake, type IntakeBody } from '../../contracts/events/intake.js';
import { streamName } from '../../contracts/events/streams.js';
import { ingestLimits } from '../../contracts/ingest.js';
import { parseIntakeEvent, type IntakeEvent } from '../../contracts/intake-event.js';
import type { IntakeRefusal } from '../../contracts/quarantine-codes.js';
import type { TrackingPlan } from '../../contracts/tracking-plans/tracking-plan.js';
import { readIdentifiers, type Identifier, type NamedIdentifier } from '../../domain/identity/identifiers.js';
import { keyedHash } from '../../domain/identity/keyed-hash.js';
import type { CountryCode } from '../../domain/identity/normalisers.js';
import { holdsContact, looksPersonal } from '../../domain/identity/personal-values.js';
import { engineId, ingestEventId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import type { ClassifiedFields } from '../../stores/vault/sealing.js';
import type { Candidate, Refusal } from './candidate.js';
import { holdAgainstPlan } from './hold-against-plan.js';

/** One entry of a request: a JSON value, a line that is none, or a value of another protocol that could not be translated. */
export type RawEntry =
  | (KeptEntry & {
      readonly kind: 'json';
      readonly value: unknown;
      readonly line?: number;
      /** What came, where the value is a translation: it is what repeats are known by and what the limits hold for. */
      readonly came?: string;
    })
  | (KeptEntry & { readonly kind: 'unreadable'; readonly text: string; readonly detail: string; readonly line: number })
  | { readonly kind: 'refused'; readonly value: unknown; readonly messageId: unknown; readonly refusal: IntakeRefusal };

interface KeptEntry {
  /** The quarantine in which the entry waits, when it is sent again from there: it is not put into another one. */
  readonly keptAs?: string;
}

/** What is laid down about entries: by the workspace, and by the tracking plan of their source, which then says what happens to unknown types. */
export interface IntakePolicy {
  readonly unknownTypes: 'accept' | 'quarantine';
  readonly defaultCountry: CountryCode;
  /** Absent: `refuse`. */
  readonly erasedIdentifiers?: ErasedIdentifierPolicy;
  readonly plan?: TrackingPlan;
}

export interface PrepareContext {
  readonly index: number;
  /** ISO-8601 UTC with milliseconds. */
  readonly receivedAt: string;
  /** The latest time that an event may name, as above: see `latestTime`. */
  readonly latest: string;
  readonly workspace: string;
  readonly source: string;
  readonly policy: IntakePolicy;
  readonly lookUpKey: Uint8Array;
}

const options = { looksPersonal };

/** The latest time that an event received at `now` (ms since 1970) may name: clocks of modules differ. */
export function latestTime(now: number): string {
  return isoInstant(now + ingestLimits.futureTolerance);
}

/** Half of a surrogate pair, as JSON.stringify writes it; a whole one is written as the character that it is. */
const HALF_CHARACTER = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** Holds an entry against its contract; everything about it but whose it is, or why it cannot be accepted. */
export function prepareEntry(entry: RawEntry, context: PrepareContext): Candidate | Refusal {
  const { index } = context;
  if (entry.kind === 'unreadable') {
    return { index, code: 'line_invalid', detail: entry.detail, line: entry.line, raw: entry.text, keptAs: entry.keptAs };
  }
  if (entry.kind === 'refused') {
    const { code, detail, pointer } = entry.refusal;
    return { index, raw: JSON.stringify(entry.value), ...messageIdIn(entry.messageId), code, detail, pointer };
  }
  const raw = JSON.stringify(entry.value);
  const came = entry.came ?? raw;
  const refused = (code: Refusal['code'], detail: string): Refusal => ({
    index,
    raw,
    came: entry.came,
    keptAs: entry.keptAs,
    ...messageIdOf(entry.value),
    ...(entry.line === undefined ? {} : { line: entry.line }),
    code,
    detail,
  });
  const bytes = Buffer.byteLength(came);
  if (bytes > ingestLimits.eventBytes) {
    return refused('event_too_large', `expected at most ${String(ingestLimits.eventBytes)} bytes, found ${String(bytes)}`);
  }
  // The search is much faster than the expression, and finds nothing in nearly all entries.
  if (raw.includes('\\ud') && HALF_CHARACTER.test(raw)) {
    return refused('text_invalid', 'expected text without half a character, found one that is escaped');
  }
  const prepared = prepareValue(entry, raw, context);
  if (!('ok' in prepared)) return prepared;
  const { code, detail, pointer, kept } = prepared;
  return { ...refused(code, detail), ...(pointer === undefined ? {} : { pointer }), ...kept };
}

/** Why an entry cannot be accepted, and what else is kept about it. */
type RefusedValue = IntakeRefusal & { readonly kept?: Pick<Refusal, 'planned' | 'type'> };

function prepareValue(
  { value, came, keptAs }: Extract<RawEntry, { readonly kind: 'json' }>,
  raw: string,
  context: PrepareContext,
): Candidate | RefusedValue {
  const envelope = parseIntakeEvent(value, options);
  if (!envelope.ok) return envelope;
  const { event } = envelope;
  if (holdsContact(event.messageId)) {
    const detail = 'expected an id without personal data, found an e-mail address or a phone number';
    return refuse('message_id_personal', detail, '/message_id');
  }
  const { identifiers: given, schemaVersion } = event;
  const body = parseIntake(event.type, event.properties, { looksPersonal, identifiers: given, schemaVersion });
  if (!body.ok) return body;
  const { plan, unknownTypes } = context.policy;
  if (!body.declared && plan === undefined && unknownTypes === 'quarantine') {
    return refuse('type_unknown', 'expected a declared type, as this workspace demands, found another', '/type');
  }
  const held = holdAgainstPlan(plan, { type: event.type, contract: findContract(event.type), properties: body.body });
  if (held.refusal !== undefined) {
    const { code, detail, pointer } = held.refusal;
    return { ...refuse(code, detail, pointer), kept: { type: event.type, planned: held.remarks } };
  }
  const occurredAt = event.occurredAt ?? body.occurredAt ?? context.receivedAt;
  if (occurredAt > context.latest) {
    const detail = `expected a time up to 10 minutes after ${context.receivedAt}, found ${occurredAt}`;
    // A type without a time field happened, if the envelope does not say, when it was received.
    const { timeField = '' } = findContract(event.type) ?? {};
    return refuse('from_the_future', detail, event.occurredAt === undefined ? `/properties/${timeField}` : '/occurred_at');
  }
  const stream = streamOf(event.type, body, context);
  if (stream !== undefined && (event.customerId !== undefined || Object.keys(event.identifiers).length > 0)) {
    return refuse('contract_violated', 'expected an event that names no customer, as its type concerns none', '/customer');
  }
  const identifiers = identifiersOf(event, body, context);
  if (stream === undefined && event.customerId === undefined && identifiers.length === 0) {
    return refuse(
      'customer_missing',
      'expected a qontak_customer_id or an identifier that can identify someone, found neither',
      '/customer',
    );
  }
  const classified = classify(event.type, body.body, { looksPersonal, context: event.context });
  const fields = fieldsOf(classified, context);
  const unusable = unusableField(event.type, fields.hashes);
  if (unusable !== undefined) {
    const { properties } = event;
    const isProperty = typeof properties === 'object' && properties !== null && Object.hasOwn(properties, unusable.field);
    const pointer = isProperty ? `/properties/${unusable.field}` : `/customer/identifiers/${unusable.kind}`;
    return refuse('identifier_invalid', `expected ${unusable.kind} to identify someone, found text that cannot`, pointer);
  }
  return {
    index: context.index,
    eventId: ingestEventId(context.workspace, context.source, event.messageId),
    messageId: event.messageId,
    type: event.type,
    schemaVersion: body.schemaVersion,
    occurredAt,
    bodyHash: keyedHash(context.lookUpKey, 'body', came ?? raw),
    stream,
    named: event.customerId,
    identifiers,
    fields,
    violations: classified.violations.length,
    planned: held.remarks,
    raw,
    came,
    keptAs,
  };
}

/** Where an event stands that concerns no customer: with the others about the same thing of the same source. */
function streamOf(type: string, { body }: IntakeBody, { workspace, source }: PrepareContext): string | undefined {
  const contract = findContract(type);
  if (contract?.streamField === undefined) return undefined;
  const { category, streamField } = contract;
  return streamName(category, workspace, engineId(category, workspace, source, JSON.stringify(body[streamField])));
}

function identifiersOf(event: IntakeEvent, body: IntakeBody, context: PrepareContext): readonly Identifier[] {
  const envelope = Object.entries(event.identifiers);
  if (envelope.length === 0 && body.identifiers.length === 0) return [];
  // The schema of the envelope names exactly the kinds of identifier.
  const named = envelope.map(([kind, value]) => ({ kind, value }) as NamedIdentifier);
  return readIdentifiers([...named, ...body.identifiers], normalising(context));
}

function fieldsOf(body: ClassifiedBody, context: PrepareContext): ClassifiedFields {
  const hashes = body.identifiers.flatMap((found: FoundIdentifier) => {
    const [identifier] = readIdentifiers([found], normalising(context));
    return identifier === undefined ? [] : [[found.field, identifier.hash] as const];
  });
  return {
    plain: body.plain,
    direct: { ...body.direct, ...body.special },
    quasi: body.quasi,
    hashes: Object.fromEntries(hashes),
  };
}

/** A declared identifier that modules have to send and that has no hash: without it the event could not do what it is for. */
function unusableField(
  type: string,
  hashes: ClassifiedFields['hashes'],
): { readonly field: string; readonly kind: string } | undefined {
  const { moduleFields = [], identifiers = {} } = findContract(type) ?? {};
  const field = moduleFields.find((name) => Object.hasOwn(identifiers, name) && !Object.hasOwn(hashes, name));
  return field === undefined ? undefined : { field, kind: identifiers[field] ?? field };
}

function normalising(context: PrepareContext): Parameters<typeof readIdentifiers>[1] {
  return { source: context.source, defaultCountry: context.policy.defaultCountry, lookUpKey: context.lookUpKey };
}

function refuse(code: IntakeRefusal['code'], detail: string, pointer: string): IntakeRefusal {
  return { ok: false, code, detail, pointer };
}

function messageIdOf(value: unknown): { readonly messageId?: string } {
  if (typeof value !== 'object' || value === null || !('message_id' in value)) return {};
  return messageIdIn(value.message_id);
}

function messageIdIn(messageId: unknown): { readonly messageId?: string } {
  // No id can be derived from half a character.
  return typeof messageId === 'string' && messageId.isWellFormed() ? { messageId } : {};
}
