/** How many events begin their work in one turn of the event loop, before what has arrived meanwhile is looked at. */
const EVENTS_A_TURN = 100;

/**
 * Spreads the work of requests that arrive together over turns of the event loop, so that a new request is seen, and if need be refused,
 * within a few milliseconds however much is waiting.
 */
export interface Pace {
  /** Resolves when work on so many events may begin, in the order of the calls; undefined: at once. */
  begin(events: number): Promise<void> | undefined;
}

/** The pace of one ingest. */
export function createPace(eventsATurn: number = EVENTS_A_TURN): Pace {
  const waiting: { readonly events: number; readonly go: () => void }[] = [];
  let begun = 0;

  function turn(): void {
    begun = 0;
    for (let next = waiting[0]; next !== undefined && (begun === 0 || begun + next.events <= eventsATurn); [next] = waiting) {
      waiting.shift();
      begun += next.events;
      next.go();
    }
    if (begun > 0) setImmediate(turn);
  }

  return {
    begin(events) {
      if (waiting.length === 0 && (begun === 0 || begun + events <= eventsATurn)) {
        if (begun === 0) setImmediate(turn);
        begun += events;
        return undefined;
      }
      return new Promise((go) => waiting.push({ events, go }));
    },
  };
}
