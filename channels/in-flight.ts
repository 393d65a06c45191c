/** Counts work that has begun and not ended. */
export interface InFlight {
  /** Passes the work through. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Resolves when all tracked work has ended, well or not. */
  settled(): Promise<void>;
}

/** Lets something close only after what it is doing has ended. */
export function createInFlight(): InFlight {
  const working = new Set<Promise<unknown>>();
  return {
    track: (work) => {
      const tracked = work.finally(() => working.delete(tracked));
      working.add(tracked);
      return tracked;
    },
    settled: async () => {
      while (working.size > 0) await Promise.allSettled(working);
    },
  };
}
