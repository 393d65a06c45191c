/** So many pieces of work at once, no more. */
export interface Lanes {
  /** Resolves when a lane is free, with the function that gives it back; whoever asked first is let in first. */
  enter(): Promise<() => void>;
  /** Resolves when all lanes are free. */
  drain(): Promise<void>;
}

/** Lanes for work that waits on others. */
export function createLanes(width: number): Lanes {
  const waiting: (() => void)[] = [];
  let drained: (() => void)[] = [];
  let busy = 0;

  function leave(): void {
    const next = waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    busy -= 1;
    if (busy > 0) return;
    for (const resolve of drained) resolve();
    drained = [];
  }

  return {
    async enter() {
      if (busy < width) busy += 1;
      // Whoever leaves hands its lane over.
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return leave;
    },
    async drain() {
      if (busy > 0) await new Promise<void>((resolve) => drained.push(resolve));
    },
  };
}
