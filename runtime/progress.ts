import type { Position } from '../contracts/events/event.js';

/** How far a projection has come; whoever waits for a position is told, nobody polls. */
export interface Progress {
  position(): Position;
  /** Moves forward; a lower position is ignored. */
  readonly advance: (position: Position) => void;
  /** True as soon as the position is reached, false after `waitMs`. */
  reached(position: Position, waitMs: number): Promise<boolean>;
  /** Calls back after each advance until the answered function is called. */
  onAdvance(listener: () => void): () => void;
}

/** Progress that starts at `initial`. */
export function createProgress(initial: Position): Progress {
  const listeners = new Set<() => void>();
  let current = initial;

  return {
    position: () => current,
    advance(position) {
      if (position <= current) return;
      current = position;
      for (const listener of [...listeners]) listener();
    },
    reached(position, waitMs) {
      if (current >= position) return Promise.resolve(true);
      if (waitMs <= 0) return Promise.resolve(false);
      return new Promise((resolve) => {
        const finish = (found: boolean): void => {
          listeners.delete(look);
          clearTimeout(timer);
          resolve(found);
        };
        const look = (): void => {
          if (current >= position) finish(true);
        };
        const timer = setTimeout(() => finish(false), waitMs);
        listeners.add(look);
      });
    },
    onAdvance(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
