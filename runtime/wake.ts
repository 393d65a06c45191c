/** Lets one loop sleep until something asks it to look again; a wake-up before the sleep is not lost. */
export interface Wake {
  readonly wake: () => void;
  /** Resolves at the next `wake()` since the last sleep, or after `ms`. */
  sleep(ms: number): Promise<void>;
}

/** Longer sleeps end early and are begun again by the loop, which looks at the wall clock in between. */
const LONGEST_SLEEP_MS = 15_000;

/** A wake-up for one loop. */
export function createWake(): Wake {
  let woken = false;
  let rouse: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      rouse?.();
    },
    async sleep(ms) {
      if (!woken && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = ms === Infinity ? undefined : setTimeout(resolve, Math.min(ms, LONGEST_SLEEP_MS));
          rouse = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        rouse = undefined;
      }
      woken = false;
    },
  };
}
