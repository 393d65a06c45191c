import type { IntakeRefusal } from '../../../contracts/quarantine-codes.js';
import { looksPersonal } from '../../../domain/identity/personal-values.js';
import { isoInstant } from '../../../runtime/clock.js';
import type { RawEntry } from '../prepare-entry.js';
import { callTime, type Arrival } from './call-time.js';
import { eventTypeOf } from './event-type.js';
import { fitProperties } from './fit-properties.js';
import { isEmpty, isNothing, isRecord, type JsonRecord } from './json-record.js';
import { profileFields, traitsOf } from './traits.js';

/** The calls of the Segment protocol. */
export const callTypes = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type CallType = (typeof callTypes)[number];

export interface CallContext extends Arrival {
  /** The source of the credential: the system that user ids come from. */
  readonly source: string;
}

/** What every kind of call has, beside its credential and when it was sent. */
const common = new Set(['type', 'messageId', 'userId', 'anonymousId', 'context', 'timestamp', 'originalTimestamp']);

/** The fields that say what a call of the kind is about. */
const own: Readonly<Record<CallType, ReadonlySet<string>>> = {
  identify: new Set(['traits']),
  track: new Set(['event', 'properties']),
  page: new Set(['name', 'category', 'properties']),
  screen: new Set(['name', 'category', 'properties']),
  group: new Set(['groupId', 'traits']),
  alias: new Set(['previousId']),
};

/** The type and the properties that a call stands for. */
interface Meaning {
  readonly type: string;
  readonly properties: unknown;
  /** Fields that `properties` could not take over. */
  readonly left?: JsonRecord;
}

type Read<Value> = { readonly ok: true; readonly value: Value } | IntakeRefusal;

/**
 * A call as the entry that ingest takes: whoever it names and everything it says under the names of this engine; what has no place there is kept
 * as `context.call`. What cannot be translated is an entry that says why. Its credential is kept nowhere. The same call sent again is known
 * by its message id, whatever it says about when it was sent.
 */
export function translateCall(value: unknown, context: CallContext): RawEntry {
  if (!isRecord(value)) return { kind: 'json', value };
  const { writeKey: _writeKey, api_key: _apiKey, sentAt, ...call } = value;
  const event = eventOf(call, { ...context, sentAt: isNothing(sentAt) ? context.sentAt : sentAt });
  if (!event.ok) return { kind: 'refused', value: call, messageId: call['messageId'], refusal: event };
  return { kind: 'json', value: event.value, came: JSON.stringify(call) };
}

function eventOf(call: JsonRecord, context: CallContext): Read<JsonRecord> {
  const type = callTypes.find((known) => known === call['type']);
  if (type === undefined) return refuse('call_invalid', `expected ${callTypes.join(', ')}`, '/type');
  const person = personOf(call, context.source);
  if (!person.ok) return person;
  const shape = shapeProblem(type, call);
  if (shape !== undefined) return shape;
  const time = callTime(call, context);
  const meaning = meaningOf(type, call, { ...context, at: typeof time === 'string' ? time : isoInstant(context.receivedAt) });
  if (!meaning.ok) return meaning;
  const { value } = meaning;
  return {
    ok: true,
    value: {
      type: value.type,
      ...(isNothing(call['messageId']) ? {} : { message_id: call['messageId'] }),
      ...(isNothing(time) ? {} : { occurred_at: time }),
      customer: { identifiers: person.value },
      properties: value.properties,
      context: contextOf(type, call, value.left ?? {}),
    },
  };
}

/** Ids as the kinds of identifier that they are; a user id names its system, so that it is nobody else's. */
function personOf(call: JsonRecord, source: string): Read<JsonRecord> {
  const [user, visitor] = [idOf(call, 'userId'), idOf(call, 'anonymousId')];
  if (!user.ok) return user;
  if (!visitor.ok) return visitor;
  return {
    ok: true,
    value: {
      ...(user.value === undefined ? {} : { external_id: externalId(source, user.value) }),
      ...(visitor.value === undefined ? {} : { anonymous_id: visitor.value }),
    },
  };
}

function idOf(call: JsonRecord, field: string): Read<string | undefined> {
  const id = call[field];
  if (isNothing(id)) return { ok: true, value: undefined };
  if (typeof id === 'string') return { ok: true, value: id };
  if (typeof id === 'number' && Number.isSafeInteger(id)) return { ok: true, value: String(id) };
  return refuse('identifier_invalid', 'expected text or a whole number', `/${field}`);
}

function externalId(source: string, id: string): string {
  return `${source}:${id}`;
}

/** What has to be an object, and is none. */
function shapeProblem(type: CallType, call: JsonRecord): IntakeRefusal | undefined {
  for (const field of ['properties', 'traits', 'context'] as const) {
    if ((field !== 'context' && !own[type].has(field)) || isNothing(call[field]) || isRecord(call[field])) continue;
    return refuse(field === 'context' ? 'context_invalid' : 'properties_invalid', 'expected an object', `/${field}`);
  }
  return undefined;
}

function meaningOf(type: CallType, call: JsonRecord, { source, at }: CallContext & { readonly at: string }): Read<Meaning> {
  const properties = objectOf(call['properties']);
  switch (type) {
    case 'identify':
      return meaning('customer.updated', fitProperties('customer.updated', profileFields(objectOf(traitsOf(call).traits)), at));
    case 'track':
      return trackedEvent(call['event'], properties, at);
    case 'page':
      return viewed('page_viewed', call, at);
    case 'screen':
      return viewed('screen_viewed', call, at);
    case 'group': {
      const traits = isNothing(call['traits']) || isEmpty(call['traits']) ? {} : { traits: call['traits'] };
      const group = isNothing(call['groupId']) ? {} : { group_id: call['groupId'] };
      return meaning('group_joined', fitProperties('group_joined', { ...group, ...traits }, at));
    }
    case 'alias': {
      const previous = idOf(call, 'previousId');
      if (!previous.ok) return previous;
      const id = previous.value;
      // Nobody says whether it is the id of a user or of a visitor: it is either.
      const ids = id === undefined ? {} : { previous_id: externalId(source, id), previous_anonymous_id: id };
      return meaning('customer.aliased', ids);
    }
  }
}

function meaning(type: string, properties: JsonRecord, left: JsonRecord = {}): Read<Meaning> {
  return { ok: true, value: { type, properties, left } };
}

function trackedEvent(event: unknown, properties: JsonRecord, at: string): Read<Meaning> {
  if (typeof event !== 'string' || event.trim() === '') {
    return refuse('type_missing', 'expected the name of the event, found none', '/event');
  }
  // Types are stored in the clear.
  if (looksPersonal(event)) return refuse('type_personal', 'expected the name of a kind of event, found personal data', '/event');
  const type = eventTypeOf(event);
  if (type === '') return refuse('type_invalid', 'expected a name with Latin letters or digits, found none', '/event');
  return meaning(type, fitProperties(type, properties, at), type === event ? {} : { event });
}

function viewed(type: string, call: JsonRecord, at: string): Read<Meaning> {
  const properties = objectOf(call['properties']);
  const said = Object.entries(call).filter(([field, value]) => ['name', 'category'].includes(field) && !isNothing(value));
  const isTaken = ([field]: readonly [string, unknown]): boolean => Object.hasOwn(properties, field);
  const free = Object.fromEntries(said.filter((field) => !isTaken(field)));
  return meaning(type, fitProperties(type, { ...properties, ...free }, at), Object.fromEntries(said.filter(isTaken)));
}

/** The call's context, and beside it what else the call says. */
function contextOf(type: CallType, call: JsonRecord, left: JsonRecord): JsonRecord {
  const context = objectOf(type === 'identify' ? traitsOf(call).context : call['context']);
  const others = Object.entries(call).filter(([name, value]) => !common.has(name) && !own[type].has(name) && !isNothing(value));
  const kept = { ...Object.fromEntries(others.filter(([, value]) => !isEmpty(value))), ...left };
  return isEmpty(kept) ? context : { ...context, [freeName(context)]: kept };
}

function freeName(context: JsonRecord): string {
  let name = 'call';
  while (Object.hasOwn(context, name)) name += '_';
  return name;
}

function objectOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

function refuse(code: IntakeRefusal['code'], detail: string, pointer: string): IntakeRefusal {
  return { ok: false, code, detail, pointer };
}
