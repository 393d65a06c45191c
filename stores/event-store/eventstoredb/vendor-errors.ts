import { ErrorType, isCommandError } from '@eventstore/db-client';
import { EngineError, isEngineError } from '../../../contracts/errors.js';

/** What an error of the client or the server asks of the adapter. */
export type Meaning =
  | 'wrong_revision'
  | 'stream_absent'
  | 'stream_tombstoned'
  | 'too_large'
  | 'access_denied'
  /** The server ended a live subscription that did not read fast enough: routine. */
  | 'consumer_too_slow'
  | 'timed_out'
  | 'unreachable'
  | 'unknown';

const ABORTED = 10;
const INTERNAL = 13;
const UNAVAILABLE = 14;

/** Reads the class where it says something, the gRPC code where it does not: the batch path gives plain errors and errors without a code. */
export function meaningOf(error: unknown): Meaning {
  if (isEngineError(error)) return error.code === 'store_timeout' ? 'timed_out' : 'unknown';
  if (error instanceof Error && isCommandError(error)) {
    const known = byType[error.type];
    if (known !== undefined) return known;
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === ABORTED) return 'consumer_too_slow';
  if (code === UNAVAILABLE || code === INTERNAL) return 'unreachable';
  return /not ready/i.test(textOf(error)) ? 'unreachable' : 'unknown';
}

const byType: Partial<Record<ErrorType, Meaning>> = {
  [ErrorType.WRONG_EXPECTED_VERSION]: 'wrong_revision',
  [ErrorType.STREAM_NOT_FOUND]: 'stream_absent',
  [ErrorType.STREAM_DELETED]: 'stream_tombstoned',
  [ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED]: 'too_large',
  [ErrorType.ACCESS_DENIED]: 'access_denied',
  [ErrorType.TIMEOUT]: 'consumer_too_slow',
  [ErrorType.DEADLINE_EXCEEDED]: 'timed_out',
  [ErrorType.UNAVAILABLE]: 'unreachable',
  [ErrorType.CANCELLED]: 'unreachable',
  [ErrorType.NOT_LEADER]: 'unreachable',
};

/** True where a subscription may simply be opened again behind the last position. */
export function isDrop(meaning: Meaning): boolean {
  return meaning === 'consumer_too_slow' || meaning === 'timed_out' || meaning === 'unreachable';
}

/** The engine's error for a vendor's one: `doing` says what was asked ("to read …"), `address` of whom, without credentials. */
export function storeError(error: unknown, doing: string, address: string): EngineError {
  if (isEngineError(error)) return error;
  const from = { details: { address }, cause: error };
  const meaning = meaningOf(error);
  switch (meaning) {
    case 'access_denied':
      return new EngineError('store_unavailable', `Expected ${doing} at ${address}, found that it refuses the credentials`, from);
    case 'stream_tombstoned':
      return new EngineError('corrupt_event', `Expected ${doing} at ${address}, found that the stream was tombstoned`, from);
    case 'timed_out':
    case 'consumer_too_slow':
      return new EngineError('store_timeout', `Expected ${doing} at ${address} in time, found no answer`, from);
    case 'unreachable':
      return new EngineError('store_unavailable', `Expected ${doing} at ${address}, found it unreachable or not ready`, from);
    case 'wrong_revision':
    case 'stream_absent':
    case 'too_large':
    case 'unknown':
      return new EngineError(
        'store_unavailable',
        `Expected ${doing} at ${address}, found ${textOf(error) || 'an error without a text'}`,
        from,
      );
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
