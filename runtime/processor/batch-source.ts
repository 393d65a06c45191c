import type { Position } from '../../contracts/events/event.js';
import type { DecodeEvents, DecodeResult } from './decoding.js';
import type { Pump, PumpBatch } from './pump.js';

/** A batch with its decoding begun. */
export interface DecodingBatch extends PumpBatch {
  decoded(): Promise<readonly DecodeResult[]>;
}

/** Hands out batches one after the other and decodes one ahead. */
export interface BatchSource {
  /** The batch in hand, else the next one; null when nothing waits. */
  current(): DecodingBatch | null;
  /** The batch in hand is done. */
  done(): void;
  /** The batch in hand is to be decoded again. */
  again(): void;
  /** Begins the next batch while this one is written, but only when a whole one waits. */
  lookAhead(): void;
  /** received_at of the oldest event that is not done, if any. */
  oldest(): string | null;
  /** True when everything that the store has announced is done. */
  isDrained(): boolean;
}

export interface BatchSourceOptions {
  readonly pump: Pump;
  readonly decode: DecodeEvents;
  readonly opensQuasi: boolean | ReadonlySet<string>;
  readonly batchSize: number;
  /** Nothing behind it is handed out; null for no limit. */
  readonly limit: () => Position | null;
  /** Told what a batch that was begun ahead has been decoded to. */
  readonly onAhead: (results: readonly DecodeResult[]) => void;
}

/** Batches of what a pump has read. */
export function createBatchSource(options: BatchSourceOptions): BatchSource {
  const { pump, batchSize } = options;
  let inHand: DecodingBatch | null = null;
  let next: DecodingBatch | null = null;

  function take(): DecodingBatch | null {
    const batch = pump.take(batchSize, options.limit());
    return batch === null ? null : beginDecoding(batch);
  }

  function beginDecoding(batch: PumpBatch): DecodingBatch {
    const { events, through } = batch;
    const decoded = events.length === 0 ? Promise.resolve([]) : options.decode(events, { opensQuasi: options.opensQuasi });
    // It is awaited when its turn comes; until then a failure is not unhandled.
    decoded.catch(() => undefined);
    return { events, through, decoded: () => decoded };
  }

  return {
    current() {
      if (inHand !== null) return inHand;
      inHand = next ?? take();
      next = null;
      return inHand;
    },
    done() {
      inHand = null;
    },
    again() {
      if (inHand !== null) inHand = beginDecoding(inHand);
    },
    lookAhead() {
      if (next !== null || pump.waiting() < batchSize) return;
      next = take();
      next?.decoded().then(options.onAhead, () => undefined);
    },
    oldest: () => (inHand ?? next)?.events[0]?.metadata.received_at ?? pump.oldest(),
    isDrained: () => inHand === null && next === null && pump.isDrained(),
  };
}
