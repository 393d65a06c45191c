import { errorCatalogue, type ErrorCode, type ErrorFamily } from './error-catalogue.js';

/** One place in the input that was wrong: `pointer` is an RFC 6901 JSON pointer, `detail` says what was expected and found. */
export interface ErrorPlace {
  readonly pointer: string;
  readonly detail: string;
}

export interface ErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly places?: readonly ErrorPlace[];
  readonly cause?: unknown;
}

/** The one error type of the engine: a code of the catalogue, a message for people, details for programs. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly family: ErrorFamily;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly places: readonly ErrorPlace[];

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EngineError';
    this.code = code;
    this.family = errorCatalogue[code].family;
    this.retryable = errorCatalogue[code].retryable;
    this.details = options.details ?? {};
    this.places = options.places ?? [];
  }
}

/** True for an EngineError, also one of another realm or copy of this module; with `code`, only for that code. */
export function isEngineError(error: unknown, code?: ErrorCode): error is EngineError {
  if (typeof error !== 'object' || error === null) return false;
  if (!('name' in error) || error.name !== 'EngineError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
