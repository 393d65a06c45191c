import type { Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { DocumentStore, Fence } from '../../stores/document-store/document-store.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { Progress } from '../progress.js';
import type { Projection } from '../projection.js';
import type { GenerationSwitch, SharedFold } from '../reactor.js';
import type { RetryPolicy } from '../retry.js';
import type { AnyReactor } from './any-reactor.js';
import type { DecodeEvents } from './decoding.js';
import type { Drops } from './drops.js';

/** What all processors of a process have in common. */
export interface ProcessorSurroundings {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  readonly decode: DecodeEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fence: () => Fence;
  /** The lease is lost: the processor stands still and writes nothing more. */
  readonly onFenced: () => void;
  readonly tuning: ProcessorTuning;
}

/** Sizes and times that a machine may want otherwise. */
export interface ProcessorTuning {
  /** Events a batch. */
  readonly batchSize: number;
  /** Documents, and as many states, kept in memory for each processor. */
  readonly cachedDocuments: number;
  /** How long an idle processor lets events gather. */
  readonly lingerMs: number;
  /** What may wait in memory for each processor. */
  readonly waitingBytes: number;
  /** How far the checkpoint may stay behind while everything is passed over: it costs a start little, but other processes wait for it. */
  readonly skippedMs: number;
  /** How an event that fails is tried again before its key is parked. */
  readonly blockRetries: RetryPolicy;
}

/** One generation of one projection. */
export interface ProcessorOptions {
  readonly projection: Projection<JsonObject>;
  readonly generation: number;
  readonly progress: Progress;
  readonly drops: Drops;
  /** What decisions share; folded also where nobody decides. */
  readonly shared?: SharedFold<JsonObject>;
  /** Only for the generation that serves: replays never act. */
  readonly live?: LiveParts;
  /** Nothing behind this position is folded, as far as it says at the moment; null for no limit. */
  readonly limit?: () => Position | null;
}

/** What makes a processor act. */
export interface LiveParts {
  readonly reactor: AnyReactor;
  /** How the generation came to be live; null when it was from the first event. */
  readonly switched: GenerationSwitch | null;
  /** Told the position of each event that the reactor has emitted. */
  readonly onEmitted: (position: Position) => void;
}

/** The collection, checkpoint and block name of a generation. */
export function processorName(projection: string, generation: number): string {
  return `${projection}@v${generation}`;
}

/** Where a generation keeps its reactor's states. */
export function stateCollection(processor: string): string {
  return `${processor}.state`;
}

/** Where a generation keeps what its reactor's decisions share. */
export function sharedCollection(processor: string): string {
  return `${processor}.shared`;
}
