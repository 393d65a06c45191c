import type { ReactorState } from '../reactor.js';
import type { AnyReactor } from './any-reactor.js';
import type { Moment, WorkToolsOptions } from './work-tools.js';
import { createWorkTools } from './work-tools.js';

/** The reactor's work between batches. */
export interface Work {
  /** Asks for a slice as soon as possible. */
  poke(): void;
  /** A state was written: it may be due earlier than anything known. */
  noteState(state: ReactorState): void;
  /** True when a slice is wanted at the given time. */
  isDue(now: number): boolean;
  /** The instant at which a slice is wanted, Infinity for none. */
  nextDue(): number;
  /** Runs a slice; when it fails, what it did may be known only to the log. */
  run(moment: Moment): Promise<void>;
}

/** How long work that failed rests. */
const REST_AFTER_FAILURE_MS = 1_000;

/** Calls the reactor's `work` when it asked to be called; the first time right after the start. */
export function createWork(reactor: AnyReactor, options: WorkToolsOptions): Work {
  const toolsAt = createWorkTools(options);
  let due = reactor.work === undefined ? Infinity : 0;

  function soonest(instant: number | undefined): void {
    if (instant !== undefined && reactor.work !== undefined && instant < due) due = instant;
  }

  return {
    poke: () => soonest(0),
    noteState: (state) => soonest(reactor.dueAt?.(state)),
    isDue: (now) => due <= now,
    nextDue: () => due,
    async run(moment) {
      if (reactor.work === undefined) return;
      due = Infinity;
      try {
        const next = await reactor.work(toolsAt(moment));
        soonest(next === 'idle' ? undefined : next === 'now' ? 0 : next);
      } catch (error) {
        soonest(moment.now + REST_AFTER_FAILURE_MS);
        throw error;
      }
    },
  };
}
