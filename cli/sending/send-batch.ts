import { EngineError, isEngineError } from '../../contracts/errors.js';
import { ingestAnswerSchema, type Receipt } from '../../contracts/ingest.js';
import { pause } from '../../runtime/retry.js';
import { isApiProblem } from '../api-problem.js';
import type { HttpClient } from '../http-client.js';
import type { OutgoingEntry } from './outgoing-entry.js';

export interface SendTarget {
  readonly client: HttpClient;
  /** Present: the events are history of this open import. */
  readonly importId?: string;
  readonly signal: AbortSignal;
}

/** An engine that is busy is asked again for so long, one that is away for a shorter time. */
const BUSY_ATTEMPTS = 120;
const AWAY_ATTEMPTS = 6;
const LONGEST_WAIT_MS = 10_000;

/** Sends entries in one request and answers their receipts, in order. Sending again is safe, so 429 and lost connections are tried again. */
export async function sendBatch(entries: readonly OutgoingEntry[], target: SendTarget): Promise<readonly Receipt[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await post(entries, target);
    } catch (error) {
      const waitMs = waitBefore(error, attempt);
      if (waitMs === null || target.signal.aborted) throw error;
      await pause(waitMs, target.signal);
      target.signal.throwIfAborted();
    }
  }
}

async function post(entries: readonly OutgoingEntry[], { client, importId }: SendTarget): Promise<readonly Receipt[]> {
  const content = entries.map(({ text }) => text).join('\n');
  const query = importId === undefined ? {} : { mode: 'backfill', import: importId };
  const raw = { type: 'application/x-ndjson', content };
  const { receipts } = await client.request('POST', '/v1/events', ingestAnswerSchema, { query, raw });
  if (receipts.length === entries.length) return receipts;
  throw new EngineError('internal', `Expected ${entries.length} receipts, found ${receipts.length}.`);
}

/** How long to wait before trying again, in ms; null when it is of no use. */
function waitBefore(error: unknown, attempt: number): number | null {
  if (isApiProblem(error) && error.status === 429 && attempt < BUSY_ATTEMPTS) {
    const told = (error.retryAfterS ?? 1) * 1_000;
    // Some later than told, so that not all come back at the same moment.
    return Math.min(LONGEST_WAIT_MS, told) * (1 + Math.random() / 4);
  }
  if (isEngineError(error, 'engine_unreachable') && attempt < AWAY_ATTEMPTS) return Math.min(LONGEST_WAIT_MS, 250 * 2 ** attempt);
  return null;
}
