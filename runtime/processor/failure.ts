import { isEngineError } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';

/** Why a key (or a whole stream, when the event cannot be read) cannot go on. */
export interface Failure {
  /** The blocked key; for an event that cannot be read `stream:<stream name>`. */
  readonly key: string;
  readonly event: FailedEvent;
  readonly error: unknown;
}

/** Where the event stands that a fold failed on. */
export interface FailedEvent {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: Position;
}

/** A failure as documents and answers hold it. */
export type FailureReason = { readonly code: string; readonly message: string };

const LONGEST_MESSAGE = 300;

/** The code and a short message of any thrown value. */
export function reasonOf(error: unknown): FailureReason {
  if (isEngineError(error)) return { code: error.code, message: error.message.slice(0, LONGEST_MESSAGE) };
  if (error instanceof Error) return { code: 'internal', message: `${error.name}: ${error.message}`.slice(0, LONGEST_MESSAGE) };
  return { code: 'internal', message: String(error).slice(0, LONGEST_MESSAGE) };
}

const STREAM_KEY = 'stream:';

/** The key that is blocked when an event of the stream cannot be read. */
export function streamKey(stream: string): string {
  return `${STREAM_KEY}${stream}`;
}

/** The stream that such a key names; null for a key of a document. */
export function streamOfKey(key: string): string | null {
  return key.startsWith(STREAM_KEY) ? key.slice(STREAM_KEY.length) : null;
}
