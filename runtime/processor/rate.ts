import type { Clock } from '../clock.js';

/** Events a second over the last few seconds. */
export interface Rate {
  note(count: number): void;
  perSecond(): number;
}

const SECONDS = 5;

/** A rate over the last five whole seconds and the one that runs. */
export function createRate(clock: Clock): Rate {
  const counts = new Map<number, number>();
  let first = Infinity;
  const secondNow = (): number => Math.floor(clock() / 1_000);

  function forget(now: number): void {
    for (const second of counts.keys()) if (second < now - SECONDS) counts.delete(second);
  }

  return {
    note(count) {
      const now = secondNow();
      first = Math.min(first, clock());
      counts.set(now, (counts.get(now) ?? 0) + count);
      forget(now);
    },
    perSecond() {
      const now = secondNow();
      forget(now);
      let sum = 0;
      for (const count of counts.values()) sum += count;
      const spanMs = Math.min(clock() - first, clock() - (now - SECONDS) * 1_000);
      return sum === 0 ? 0 : Math.round(sum / Math.max(0.1, spanMs / 1_000));
    },
  };
}
