/** Lets so much work go on at once and the rest wait, in the order in which it came. */
export interface Turns {
  /** Does the work as soon as there is room for its size; work larger than all the room is done alone. */
  take<T>(size: number, work: () => Promise<T>): Promise<T>;
}

/**
 * Events that are on their way into the log at once. More would not be stored sooner, since a few hundred fill a group commit, but all that
 * is known about each would live longer in memory, and moving it about there costs more than anything else does.
 */
export const EVENTS_AT_ONCE = 400;

/** Turns with room for `room`. */
export function createTurns(room: number): Turns {
  const waiting: { readonly size: number; readonly begin: () => void }[] = [];
  let taken = 0;

  function beginNext(): void {
    for (let next = waiting[0]; next !== undefined && hasRoom(next.size); next = waiting[0]) {
      waiting.shift();
      taken += next.size;
      next.begin();
    }
  }

  function hasRoom(size: number): boolean {
    return taken === 0 || taken + size <= room;
  }

  return {
    async take(size, work) {
      if (waiting.length === 0 && hasRoom(size)) taken += size;
      else await new Promise<void>((begin) => waiting.push({ size, begin }));
      try {
        return await work();
      } finally {
        taken -= size;
        beginNext();
      }
    },
  };
}
