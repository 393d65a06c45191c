import { EngineError } from '../contracts/errors.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import type { Processor } from './processor/processor-handle.js';
import { createProgress, type Progress } from './progress.js';
import type { Slot } from './slot.js';

/** A generation that is built beside the one that serves. */
export interface Build {
  readonly generation: number;
  readonly progress: Progress;
  readonly processor: Processor;
  /** Resolves once it follows the serving generation closely; rejects with `cancelled` when the signal is aborted. */
  close(): Promise<void>;
  /** Runs `work` while the serving generation stands still and this one stands at the same position. */
  together<T>(work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Starts building; it goes on where an earlier process left it. */
export async function startBuild(
  slot: Slot,
  made: Pick<CatalogueEntry, 'generation' | 'basis'>,
  signal: AbortSignal,
): Promise<Build> {
  const progress = createProgress(-1n);
  const processor = slot.createBuilder(made, progress);
  await processor.start();
  const unfollow = slot.progress.onAdvance(() => processor.poke());

  async function reached(): Promise<void> {
    for (;;) {
      if (signal.aborted) throw cancelled(processor.name);
      const target = slot.progress.position();
      // Short waits only notice the abort; what ends them early is the position.
      if (await progress.reached(target, 250)) return;
    }
  }

  return {
    generation: made.generation,
    progress,
    processor,
    close: reached,
    async together(work) {
      const release = await slot.live()?.hold();
      try {
        await reached();
        return await work();
      } finally {
        release?.();
      }
    },
    async stop() {
      unfollow();
      await processor.stop();
    },
  };
}

/** The error of work that was called off. */
export function cancelled(what: string): EngineError {
  return new EngineError('cancelled', `Expected ${what} to be finished; it was cancelled.`, { details: { what } });
}
