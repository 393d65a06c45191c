/** So many pieces of work at once, no more. */
export interface Lanes {
  /** Begins the work as soon as a lane is free; resolves when it has begun. The work must not reject. */
  run(work: () => Promise<void>): Promise<void>;
  /** Resolves when everything that was begun is done. */
  drain(): Promise<void>;
}

/** Lanes for work that waits on others. */
export function createLanes(width: number): Lanes {
  const busy = new Set<Promise<void>>();
  return {
    async run(work) {
      while (busy.size >= width) await Promise.race(busy);
      const done: Promise<void> = work().finally(() => busy.delete(done));
      busy.add(done);
    },
    async drain() {
      while (busy.size > 0) await Promise.all(busy);
    },
  };
}
