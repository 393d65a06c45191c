import type { Position } from '../contracts/events/event.js';
import { encodePosition } from './positions.js';
import type { FailureReason } from './processor/failure.js';
import { isoInstant } from './clock.js';
import type { RebuildProgress } from './rebuild.js';
import type { Slot } from './slot.js';

/** `standby`: another process drives it. `waiting`: documents of another version serve until the rebuild is done. */
export const projectionStates = ['standby', 'waiting', 'starting', 'catching_up', 'live', 'held', 'failing', 'stopped'] as const;

/** How a projection is doing, as it leaves the engine. */
export type ProjectionStatus = {
  readonly name: string;
  /** Of the documents that serve; `code_version` is what the running code would make. */
  readonly version: number;
  readonly code_version: number;
  readonly generation: number;
  readonly state: (typeof projectionStates)[number];
  readonly position: string;
  readonly head: string;
  /** Log positions between the two; in the embedded store these are events, of all categories. */
  readonly lag_events: number;
  readonly lag_ms: number;
  readonly events_per_second: number;
  /** Keys that wait behind an event that could not be folded. */
  readonly blocked: number;
  readonly last_error?: FailureReason & { readonly at: string };
  readonly job?: JobStatus;
};

/** A rebuild or verification on its way. */
export type JobStatus = { readonly kind: 'rebuild'; readonly progress?: RebuildProgress } | { readonly kind: 'verify' };

/** The status of one slot. */
export function statusOf(
  slot: Slot,
  options: { readonly head: Position; readonly storeId: string; readonly job: JobStatus | null },
): ProjectionStatus {
  const { head, storeId, job } = options;
  const { projection } = slot.entry;
  const entry = slot.catalogue();
  const report = slot.live()?.report();
  const position = slot.progress.position();
  const isWaiting = entry !== null && entry.version !== projection.version;
  return {
    name: projection.name,
    version: entry?.version ?? projection.version,
    code_version: projection.version,
    generation: entry?.generation ?? 0,
    state: report?.state ?? (isWaiting ? 'waiting' : 'standby'),
    position: encodePosition(storeId, position),
    head: encodePosition(storeId, head),
    lag_events: head > position ? Number(head - position) : 0,
    lag_ms: slot.lagMs(),
    events_per_second: report?.eventsPerSecond ?? 0,
    blocked: report?.blocked ?? 0,
    ...(report === undefined || report.lastError === null
      ? {}
      : { last_error: { ...report.lastError, at: isoInstant(report.lastError.at) } }),
    ...(job === null ? {} : { job }),
  };
}
