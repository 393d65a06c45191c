import type { Receipt } from '../../contracts/ingest.js';
import { sendBatch, type SendTarget } from './send-batch.js';
import type { InputItem, OutgoingEntry, Refused } from './outgoing-entry.js';
import { windowsOf, type Window } from './windows.js';

/** How many items ended in each way; `rejected` never left this machine. */
export interface SendCounts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly rejected: number;
}

/** What became of one stretch of the input; everything in it is decided durably. */
export interface WindowOutcome {
  readonly counts: SendCounts;
  /** What was rejected here or quarantined there, by line. */
  readonly refused: readonly Refused[];
  readonly lastLine: number;
}

/** Before anything is sent. */
export const nothingSent: SendCounts = { accepted: 0, duplicate: 0, quarantined: 0, rejected: 0 };

/** Requests in flight at once: enough to keep the engine busy. */
const LANES = 4;

/**
 * Sends the input and answers each stretch of it, in order, once it is decided. The next stretch is read meanwhile. An abort of the signal
 * lets what is in flight end, answers it, and then throws.
 */
export async function* sendWindows(items: AsyncIterable<InputItem>, target: SendTarget): AsyncGenerator<WindowOutcome> {
  let inFlight: Promise<WindowOutcome> | null = null;
  for await (const window of windowsOf(items, { lanes: LANES })) {
    if (inFlight !== null) yield await inFlight;
    target.signal.throwIfAborted();
    inFlight = sendWindow(window, target);
    // It is awaited above; until then a failure must not count as unhandled.
    inFlight.catch(() => undefined);
  }
  if (inFlight !== null) yield await inFlight;
}

/** The sum of two. */
export function addCounts(a: SendCounts, b: SendCounts): SendCounts {
  return {
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    quarantined: a.quarantined + b.quarantined,
    rejected: a.rejected + b.rejected,
  };
}

async function sendWindow(window: Window, target: SendTarget): Promise<WindowOutcome> {
  const lanes = window.lanes.filter((lane) => lane.length > 0);
  const answers = await Promise.all(lanes.map((lane) => sendBatch(lane, target)));
  const counts = { ...nothingSent, rejected: window.refused.length };
  const refused = [...window.refused];
  lanes.forEach((lane, index) => {
    lane.forEach((entry, at) => {
      const receipt = answers[index]?.[at];
      if (receipt === undefined) return;
      counts[receipt.status] += 1;
      if (receipt.status === 'quarantined') refused.push(refusedOf(entry, receipt));
    });
  });
  return { counts, refused: refused.sort((a, b) => a.line - b.line), lastLine: window.lastLine };
}

function refusedOf({ line, row }: OutgoingEntry, receipt: Receipt): Refused {
  const { code = 'event_invalid', detail = '', pointer, message_id } = receipt;
  const place = pointer === undefined ? {} : { pointer };
  return { line, code, detail, ...place, ...(message_id === undefined ? {} : { message_id }), row };
}
