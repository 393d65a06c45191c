import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';

/** An event as folds see it, or why it cannot be read. */
export type DecodeResult =
  | { readonly ok: true; readonly event: DecodedEvent }
  | { readonly ok: false; readonly recorded: RecordedEvent; readonly error: unknown };

/**
 * Upcasts and opens events: one result each, in the given order. Rejects only for what may be tried again (a vault that is away).
 */
export type DecodeEvents = (
  events: readonly RecordedEvent[],
  options: { readonly opensQuasi: boolean | ReadonlySet<string> },
) => Promise<readonly DecodeResult[]>;
