import { EngineError } from '../../contracts/errors.js';
import type { JsonObject } from '../../contracts/json.js';
import { isWellFormed } from './code-points.js';

const LEVELS = 100;
const CHARACTERS = 16_000_000;
const HALF_A_PAIR = 'expected Unicode text, found half a surrogate pair';

interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/** The JSON text of a document's body; refuses (`invalid_input`, with the place) what JSON or this store cannot hold. */
export function encodeBody(body: JsonObject, id: string): string {
  const fault = Array.isArray(body) ? { pointer: '', detail: 'expected an object, found an array' } : faultIn(body, 1);
  if (fault !== null) throw refusal(id, fault);
  const text = JSON.stringify(body);
  if (text.length > CHARACTERS) {
    throw refusal(id, { pointer: '', detail: `expected at most ${String(CHARACTERS)} characters, found ${String(text.length)}` });
  }
  // JSON.stringify escapes lone surrogates and U+0000 this way, so that the slow search is for suspects only.
  const textFault = text.includes('\\ud') || text.includes('\\u0000') ? faultOfText(body) : null;
  if (textFault !== null) throw refusal(id, textFault);
  return text;
}

function faultIn(value: unknown, level: number): Fault | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : { pointer: '', detail: `expected a finite number, found ${String(value)}` };
    case 'object':
      return value === null ? { pointer: '', detail: 'expected no null, found null' } : faultInside(value, level);
    case 'undefined':
    case 'bigint':
    case 'function':
    case 'symbol':
      return { pointer: '', detail: `expected a JSON value, found ${typeof value}` };
  }
}

function faultInside(value: object, level: number): Fault | null {
  if (level > LEVELS) return { pointer: '', detail: `expected at most ${String(LEVELS)} levels, found more` };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const fault = faultIn(value[index], level + 1);
      if (fault !== null) return { ...fault, pointer: `/${String(index)}${fault.pointer}` };
    }
    return null;
  }
  if (!isPlain(value)) return { pointer: '', detail: `expected a plain object, found a ${value.constructor.name}` };
  // Every write passes here, and a list of the keys would cost more than looking at them.
  for (const key in value) {
    const fault = faultIn(value[key], level + 1);
    if (fault !== null) return { ...fault, pointer: pointerTo(key, fault.pointer) };
  }
  return null;
}

/** Plain objects of another realm count too: what matters is that nothing stands between them and the root of their prototypes. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function faultOfText(value: unknown): Fault | null {
  if (typeof value === 'string') return isWellFormed(value) ? null : { pointer: '', detail: HALF_A_PAIR };
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const fault = faultOfKey(key) ?? faultOfText(inner);
    if (fault !== null) return { ...fault, pointer: pointerTo(key, fault.pointer) };
  }
  return null;
}

/** U+0000 ends a key for SQLite's JSON functions and is forbidden in BSON's keys. */
function faultOfKey(key: string): Fault | null {
  if (key.includes('\u0000')) return { pointer: '', detail: 'expected a key without U+0000, found one with it' };
  return isWellFormed(key) ? null : { pointer: '', detail: HALF_A_PAIR };
}

function pointerTo(key: string, rest: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}${rest}`;
}

function refusal(id: string, fault: Fault): EngineError {
  const message = `document "${id}" cannot be stored: at "${fault.pointer}" ${fault.detail}`;
  return new EngineError('invalid_input', message, { details: { id }, places: [fault] });
}
