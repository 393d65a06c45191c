import type { Clock } from '../clock.js';
import { pause } from '../retry.js';
import { createWake } from '../wake.js';

/** When to come again: at once, because much waits; soon, so that a little more gathers; or when there is something to do. */
export type NextTurn = 'at_once' | 'soon' | 'when_woken';

/** One thing after the other: turns never overlap. */
export interface SerialLoop {
  start(): void;
  /** There may be something to do. */
  readonly poke: () => void;
  /** Resolves when no turn runs and none will before the answered function is called. */
  hold(): Promise<() => void>;
  isHeld(): boolean;
  /** Lets the running turn end; no other follows. */
  stop(): Promise<void>;
}

export interface SerialLoopOptions {
  /** Does what is to be done now. */
  readonly turn: () => Promise<NextTurn>;
  /** When there will be something to do without a poke, ms since 1970. */
  readonly nextInstant: () => number;
  /** A turn failed: answers how long to rest, or null to end the loop. */
  readonly onError: (error: unknown) => number | null;
  readonly clock: Clock;
  /** How long to let events gather, ms. */
  readonly lingerMs: number;
}

/** A loop that sleeps until it is poked or an instant comes. */
export function createSerialLoop(options: SerialLoopOptions): SerialLoop {
  const { clock } = options;
  const wake = createWake();
  const stopping = new AbortController();
  let holders = 0;
  let standing: (() => void)[] = [];
  let isStanding = false;
  let running: Promise<void> | undefined;

  async function stand(): Promise<void> {
    isStanding = true;
    for (const tell of standing) tell();
    standing = [];
    while (holders > 0 && !stopping.signal.aborted) await wake.sleep(Infinity);
    isStanding = false;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (holders > 0) {
        await stand();
        continue;
      }
      try {
        const next = await options.turn();
        if (next === 'at_once') continue;
        if (next === 'when_woken') await wake.sleep(options.nextInstant() - clock());
        if (options.lingerMs > 0) await pause(options.lingerMs, stopping.signal);
      } catch (error) {
        const restMs = options.onError(error);
        if (restMs === null) break;
        await pause(restMs, stopping.signal);
      }
    }
    isStanding = true;
    for (const tell of standing) tell();
  }

  return {
    start() {
      running ??= run();
    },
    poke: wake.wake,
    async hold() {
      holders += 1;
      wake.wake();
      if (!isStanding && running !== undefined) await new Promise<void>((resolve) => standing.push(resolve));
      let released = false;
      return () => {
        if (released) return;
        released = true;
        holders -= 1;
        wake.wake();
      };
    },
    isHeld: () => holders > 0,
    async stop() {
      stopping.abort();
      wake.wake();
      await running;
    },
  };
}
