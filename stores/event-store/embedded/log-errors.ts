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

/** Damage at `position`: what is stored there is not served. */
export function damaged(position: number, found: string, cause?: unknown): EngineError {
  return new EngineError('corrupt_event', `Expected an intact event at position ${String(position)} of the log, found ${found}`, {
    details: { position: BigInt(position) },
    cause,
  });
}

/** Translates whatever reading at `position` threw: damage to `corrupt_event`, all else of the driver to `store_unavailable`. */
export function asLogError(error: unknown, position: number): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isDamage(error)) return damaged(position, `damage (${message})`, error);
  return new EngineError('store_unavailable', `The log cannot be read or written: ${message}`, { cause: error });
}

/** Flattens an EngineError so that it can be posted to another thread. */
export function toPortable(error: EngineError): PortableError {
  return { code: error.code, message: error.message, details: error.details };
}

/** The EngineError that `toPortable` flattened. */
export function fromPortable(error: PortableError): EngineError {
  return new EngineError(error.code, error.message, { details: error.details });
}

/** A number too large for JavaScript or a value of another type is damage too: nothing like that is ever written. */
function isDamage(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof TypeError) return true;
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  const code = error.errcode;
  return typeof code === 'number' && (damagePrimaryCodes.has(code & 0xff) || code === shortRead);
}
