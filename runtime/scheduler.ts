import type { Clock } from './clock.js';

/** A due instant that was asked for. */
export interface Alarm {
  cancel(): void;
}

/** Calls back at instants of the injected clock. */
export interface Scheduler {
  /** Calls `run` once, at the instant or right after it; never synchronously, never before. */
  at(instantMs: number, run: () => void): Alarm;
  /** Looks at the clock now; for tests that move it and for code that knows it was moved. */
  check(): void;
  stop(): void;
}

/** Node's longest timer is 24.8 days and runs on the monotonic clock, so the wall clock is looked at again after this long. */
const LONGEST_SLEEP_MS = 15_000;

interface Entry {
  readonly instant: number;
  readonly run: () => void;
}

/** A scheduler with one timer for the earliest instant; it sleeps when nothing is due, and survives steps of the clock. */
export function createScheduler(clock: Clock): Scheduler {
  const entries = new Set<Entry>();
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    clearTimeout(timer);
    timer = undefined;
    let earliest = Infinity;
    for (const entry of entries) earliest = Math.min(earliest, entry.instant);
    if (earliest === Infinity) return;
    timer = setTimeout(check, Math.min(Math.max(0, earliest - clock()), LONGEST_SLEEP_MS));
  }

  function check(): void {
    const now = clock();
    const due = [...entries].filter((entry) => entry.instant <= now).sort((a, b) => a.instant - b.instant);
    for (const entry of due) {
      entries.delete(entry);
      entry.run();
    }
    arm();
  }

  return {
    at(instant, run) {
      const entry = { instant, run };
      entries.add(entry);
      arm();
      return {
        cancel() {
          if (entries.delete(entry)) arm();
        },
      };
    },
    check,
    stop() {
      entries.clear();
      arm();
    },
  };
}
