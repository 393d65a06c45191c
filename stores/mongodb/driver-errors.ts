import {
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoServerError,
} from 'mongodb';
import { EngineError, isEngineError } from '../../contracts/errors.js';

const DUPLICATE_KEY = 11_000;
export const PARALLEL_ARRAYS = 171;

/** Of a server that is starting, stepping down or shutting down, or that lost its way to the others. */
const PASSING = new Set([6, 7, 63, 89, 91, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436, 112, 133, 134, 150, 234]);
const TOO_LATE = new Set([50, 64]);
const UNFIT = new Set([2, 9, 14, 15, 17_280, 17_419, 10_334]);
const NOT_LET_IN = new Set([13, 18, 8000]);

/** The driver wraps whatever happens to a bulk; this is what happened. */
export function causeOf(error: unknown): unknown {
  if (!(error instanceof MongoBulkWriteError)) return error;
  const original: unknown = error.errorResponse;
  return original instanceof Error ? original : error;
}

/** The error as the port names it; what it says never holds the connection string. */
export function translate(error: unknown, doing: string): EngineError {
  if (isEngineError(error)) return error;
  const cause = causeOf(error);
  const found = cause instanceof Error ? cause.message : String(cause);
  const fail = (code: 'store_timeout' | 'store_unavailable' | 'invalid_input', expected: string): EngineError =>
    new EngineError(code, `${doing}: expected ${expected}, found: ${found}`, { cause });
  if (isAbort(cause) || cause instanceof MongoNetworkTimeoutError) return fail('store_timeout', 'MongoDB to answer in time');
  if (cause instanceof MongoServerError) {
    const code = Number(cause.code);
    if (TOO_LATE.has(code)) return fail('store_timeout', 'MongoDB to answer in time');
    if (UNFIT.has(code)) return fail('invalid_input', 'something that MongoDB can hold');
    if (NOT_LET_IN.has(code)) return fail('store_unavailable', 'MongoDB to let the configured user in');
    return fail('store_unavailable', 'MongoDB to do it');
  }
  // Of BSON above the size of a message, found before anything is sent.
  if (cause instanceof MongoInvalidArgumentError || cause instanceof RangeError)
    return fail('invalid_input', 'something that MongoDB can hold');
  return fail('store_unavailable', 'MongoDB to be reachable');
}

/** True when the same may well succeed a moment later, and when it is not known whether it was done. */
export function isPassing(error: unknown): boolean {
  const cause = causeOf(error);
  if (cause instanceof MongoNetworkError) return true;
  if (cause instanceof MongoServerError) return PASSING.has(Number(cause.code)) || cause.hasErrorLabel('RetryableWriteError');
  if (cause instanceof MongoError) return cause.name === 'MongoPoolClearedError';
  // After a kill of the server the driver may pass on the bare error of the socket.
  return cause instanceof Error && 'code' in cause && (cause.code === 'EPIPE' || cause.code === 'ECONNRESET');
}

/** True for the refusal of an `_id` that is there already; any other unique index would be somebody else's. */
export function isDuplicateId(error: {
  readonly code?: number | string | undefined;
  readonly errmsg?: string | undefined;
}): boolean {
  return error.code === DUPLICATE_KEY && (error.errmsg ?? '').includes('index: _id_');
}

/** True when the driver says that a row with this `_id` is there already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && isDuplicateId({ code: error.code, errmsg: error.message });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}
