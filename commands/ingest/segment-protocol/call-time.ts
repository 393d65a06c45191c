import { isNothing, type JsonRecord } from './json-record.js';

export interface Arrival {
  /** When the client sent the request, by its own clock; of the call itself if it says so. */
  readonly sentAt: unknown;
  /** When the request came, in ms since 1970. */
  readonly receivedAt: number;
}

/**
 * When the call happened: its `timestamp` as it is, else its `originalTimestamp` moved by how far the client's clock is off (what its `sentAt` says
 * against the receipt), else nothing. A time that cannot be read is passed on, so that ingest refuses it.
 */
export function callTime(call: JsonRecord, { sentAt, receivedAt }: Arrival): unknown {
  if (!isNothing(call['timestamp'])) return call['timestamp'];
  const original = call['originalTimestamp'];
  if (isNothing(original)) return undefined;
  const [happened, sent] = [millisecondsOf(original), millisecondsOf(sentAt)];
  if (happened === null || sent === null) return original;
  const corrected = new Date(happened + receivedAt - sent);
  return Number.isNaN(corrected.getTime()) ? original : corrected.toISOString();
}

/** Of an ISO-8601 time with an offset; null for anything else. */
function millisecondsOf(value: unknown): number | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(value)) return null;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? null : milliseconds;
}
