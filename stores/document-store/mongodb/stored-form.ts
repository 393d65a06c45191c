import { EngineError } from '../../../contracts/errors.js';
import type { Json, JsonObject } from '../../../contracts/json.js';
import type { FieldPath } from '../filter.js';

/** A value as BSON holds it. */
export type StoredValue = string | number | boolean | readonly StoredValue[] | StoredBody;
export interface StoredBody {
  readonly [key: string]: StoredValue;
}

/** The key of an array that stands directly in an array: there it would look like an object to `$elemMatch`, and its elements like its own. */
export const INNER_ARRAY = '%[]';

/** Above this a server refuses to store a document (`maxBSONDepth` less what it keeps for itself). */
const LEVELS = 175;

const NEEDS_ESCAPE = /[%.$]/g;
const ESCAPED = /%(25|2E|24)/g;
/** Keys that a path could take for an index of an array, that it cannot name, or to which JavaScript or the driver's BSON gives a meaning. */
const NEEDS_MARK = /^(|\d+|__proto__|constructor|toBSON|_bsontype)$/;
const MARK = '%~';

/** The body as it is stored: keys that paths can name, and arrays in arrays told apart; `invalid_input` when it is too deep for BSON. */
export function toStoredBody(body: JsonObject, id: string): StoredBody {
  return storedObject(body, { level: 1, id });
}

/** The value as it is stored inside a body. */
export function toStoredValue(value: Json, id: string): StoredValue {
  return stored(value, { level: 1, id });
}

/** The body that `toStoredBody` was given. */
export function fromStoredBody(body: StoredBody): JsonObject {
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [decodeKey(key), unstored(value)]));
}

/** The dotted name of the value at the path, below `above` where that is given. */
export function dotted(path: FieldPath, above?: string): string {
  return [...(above === undefined ? [] : [above]), ...path.map(encodeKey)].join('.');
}

function encodeKey(key: string): string {
  if (NEEDS_MARK.test(key)) return MARK + key;
  return key.replace(NEEDS_ESCAPE, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodeKey(key: string): string {
  if (key.startsWith(MARK)) return key.slice(MARK.length);
  return key.includes('%') ? key.replace(ESCAPED, (_, code: string) => String.fromCharCode(parseInt(code, 16))) : key;
}

interface Place {
  readonly level: number;
  readonly id: string;
}

function stored(value: Json, place: Place): StoredValue {
  if (typeof value !== 'object') return value;
  if (!isArray(value)) return storedObject(value, place);
  const inside = deeper(place);
  return value.map((element) =>
    isArray(element) ? { [INNER_ARRAY]: stored(element, deeper(inside)) } : stored(element, inside),
  );
}

function storedObject(value: JsonObject, place: Place): StoredBody {
  const inside = deeper(place);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [encodeKey(key), stored(inner, inside)]));
}

function deeper({ level, id }: Place): Place {
  if (level < LEVELS) return { level: level + 1, id };
  const message = `document "${id}" cannot be stored: expected at most ${String(LEVELS)} levels of BSON, found more (an array in an array counts twice)`;
  throw new EngineError('invalid_input', message, { details: { id } });
}

function unstored(value: StoredValue): Json {
  if (typeof value !== 'object') return value;
  if (isArray(value)) return value.map(unstored);
  const inner = value[INNER_ARRAY];
  return inner === undefined ? fromStoredBody(value) : unstored(inner);
}

function isArray<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
