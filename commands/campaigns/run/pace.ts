import { fullBucket, takeToken } from '../../../domain/campaign/token-bucket.js';
import type { Clock } from '../../../runtime/clock.js';
import { pause } from '../../../runtime/retry.js';

/** How fast a run may go: its throttle, and what the provider asks for. */
export interface Pace {
  /** Resolves when the next message may go; false when `goesOn` said no meanwhile. */
  next(goesOn: () => Promise<boolean>): Promise<boolean>;
  /** The provider wants to be left alone. */
  hold(ms: number): void;
}

/** Waits are cut into pieces, so that pausing a slow run is not slow. */
const PIECE_MS = 200;
const HOLD_MOST_MS = 60_000;

/** The pace of a run; without a throttle only holds slow it down. */
export function createPace(options: { readonly clock: Clock; readonly perSecond?: number; readonly signal: AbortSignal }): Pace {
  const { clock, perSecond, signal } = options;
  let bucket = perSecond === undefined ? null : fullBucket(perSecond, clock());
  let heldUntil = 0;

  function waitNow(): number {
    const held = heldUntil - clock();
    if (held > 0) return held;
    if (bucket === null || perSecond === undefined) return 0;
    const taken = takeToken(bucket, perSecond, clock());
    bucket = taken.bucket;
    return taken.waitMs;
  }

  return {
    async next(goesOn) {
      for (;;) {
        if (!(await goesOn())) return false;
        const wait = waitNow();
        if (wait <= 0) return true;
        await pause(Math.min(wait, PIECE_MS), signal);
      }
    },
    hold(ms) {
      heldUntil = Math.max(heldUntil, clock() + Math.min(ms, HOLD_MOST_MS));
    },
  };
}
