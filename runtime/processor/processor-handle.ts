import type { Position } from '../../contracts/events/event.js';
import type { Block } from './block.js';
import type { FailureReason } from './failure.js';
import type { RetryOutcome } from './retry-blocked.js';

/** One generation of one projection being kept up to date. */
export interface Processor {
  readonly name: string;
  /** Begins behind the checkpoint; resolves when it runs. */
  start(): Promise<void>;
  /** Ends after the batch in hand, with its checkpoint written. */
  stop(): Promise<void>;
  /** Makes the reactor's work look at the clock again. */
  poke(): void;
  /** Stands still between two batches until the answered function is called. */
  hold(): Promise<() => void>;
  report(): ProcessorReport;
  blocks(): readonly Block[];
  blockOf(key: string): Block | undefined;
  /** Tries the blocked key again now. */
  retry(key: string): Promise<RetryOutcome>;
  /** Calls back with the keys of each batch before they are written, until the answered function is called. */
  onKeys(listener: (keys: readonly string[]) => void): () => void;
}

/** How a processor is doing. */
export interface ProcessorReport {
  readonly state: 'starting' | 'catching_up' | 'live' | 'held' | 'failing' | 'stopped';
  readonly position: Position;
  /** How long ago the oldest event that waits was received; 0 when none waits. */
  readonly lagMs: number;
  readonly eventsPerSecond: number;
  readonly blocked: number;
  readonly lastError: (FailureReason & { readonly at: number }) | null;
}
