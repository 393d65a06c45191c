import { EngineError } from '../../../contracts/errors.js';
import type { ErrorCode } from '../../../contracts/error-catalogue.js';

/** An error on its way between threads: what of an EngineError survives structured cloning. */
export interface PortableError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, and SQLITE_IOERR_SHORT_READ: the file does not hold what it should. */
const damagePrimaryCodes = new Set([11, 26]);
const shortRead = 522;
const damageMessages = /malformed|not a database/;

/** The position that damage concerns; `unknown` where nothing that is left says which. */
export type DamagePlace = number | 'unknown';

/** Damage at a position: what is stored there is not served. Of an unknown place `details` hold no position. */
export function damaged(place: DamagePlace, found: string, cause?: unknown): EngineError {
  if (place === 'unknown') {
    const message = `Expected an intact log, found ${found}; which position of the log that concerns is unknown`;
    return new EngineError('corrupt_event', message, { details: { found }, cause });
  }
  return new EngineError('corrupt_event', `Expected an intact event at position ${String(place)} of the log, found ${found}`, {
    details: { position: BigInt(place) },
    cause,
  });
}

/** The first column of a row as a whole number; anything else is damage, since the tables hold nothing else. */
export function wholeNumber(row: unknown, column = 0): number {
  const value: unknown = Array.isArray(row) ? row[column] : undefined;
  if (typeof value === 'number') return value;
  throw damaged('unknown', `${value === null ? 'null' : typeof value} in place of a number`);
}

/**
 * Translates whatever reading at a place threw: damage to `corrupt_event`, all else of the driver to `store_unavailable`. Damage that did not
 * know its place gets it.
 */
export function asLogError(error: unknown, place: DamagePlace): EngineError {
  if (error instanceof EngineError) return place === 'unknown' ? error : placed(error, place);
  const message = error instanceof Error ? error.message : String(error);
  if (isDamage(error)) return damaged(place, `damage (${message})`, error);
  return new EngineError('store_unavailable', `The log cannot be read or written: ${message}`, { cause: error });
}

function placed(error: EngineError, place: number): EngineError {
  const { position, found } = error.details;
  const hasNone = error.code === 'corrupt_event' && position === undefined && typeof found === 'string';
  return hasNone ? damaged(place, found, error) : error;
}

/** Flattens an EngineError so that it can be posted to another thread. */
export function toPortable(error: EngineError): PortableError {
  return { code: error.code, message: error.message, details: error.details };
}

/** The EngineError that `toPortable` flattened. */
export function fromPortable(error: PortableError): EngineError {
  return new EngineError(error.code, error.message, { details: error.details });
}

/** A number too large for JavaScript is damage too: nothing like that is ever written. */
function isDamage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && error.code === 'ERR_OUT_OF_RANGE') return true;
  // The driver leaves the code out of what stepping through rows throws.
  if (!('errcode' in error)) return 'message' in error && damageMessages.test(String(error.message));
  const code = error.errcode;
  return typeof code === 'number' && (damagePrimaryCodes.has(code & 0xff) || code === shortRead);
}
