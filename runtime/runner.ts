import { EngineError, isEngineError } from '../contracts/errors.js';
import type { Position } from '../contracts/events/event.js';
import { asOfChain, type AsOf } from './as-of.js';
import { createCatalogue } from './catalogue.js';
import { CATALOGUE_COLLECTION } from './catalogue-entry.js';
import { createDeadLetters, type ProjectionDeadLetters } from './dead-letters.js';
import { createJobs, type Jobs } from './jobs.js';
import { createLeaseKeeper } from './lease.js';
import { BLOCKS_COLLECTION } from './processor/block.js';
import { BLOCK_RETRIES } from './processor/blocks.js';
import { DROPS_COLLECTION } from './processor/drops.js';
import { processorName, type ProcessorSurroundings, type ProcessorTuning } from './processor/processor-options.js';
import { statusOf, type ProjectionStatus } from './projection-status.js';
import { checkEntries } from './projection-entries.js';
import { rebase } from './rebase.js';
import { createSlot, type ProjectionEntry, type Slot } from './slot.js';

/** Where a query reads, and how current it is. */
export interface ReadModel {
  /** The collection that serves at this moment; ask again for each query. */
  collection(): string;
  /** With a key: also whether this document is blocked. */
  asOf(key?: string): AsOf;
}

export interface RunnerOptions extends Pick<
  ProcessorSurroundings,
  'eventStore' | 'documentStore' | 'decode' | 'clock' | 'logger'
> {
  readonly projections: readonly ProjectionEntry[];
  /** The deterministic id of what the engine makes, from its cause. */
  readonly engineId: (...cause: readonly string[]) => string;
  /** Who holds the lease: a fixed name where a lock keeps other processes out, else one that no other process has. */
  readonly holder: string;
  /** Absent: 6 s, so that another process takes over within 10 s of this one's death. Where a lock keeps other processes out it may be long, so that a machine that slept goes on. */
  readonly leaseTtlMs?: number;
  /** This process drives the projections from now on: at the start, or after standing by. */
  readonly onDriving?: () => void;
  /** Another process has taken the lease: nothing is written any more, and this one stands by. */
  readonly onLost: () => void;
  readonly tuning?: Partial<ProcessorTuning>;
  /** How long replaced documents stay readable, for queries on their way. */
  readonly dropAfterMs?: number;
}

/** All projections of a process, under the one lease. */
export interface Runner extends Jobs {
  /** Takes the lease and starts all projections, or stands by while another process has it. */
  start(): Promise<void>;
  /** Ends after the batches in hand, with checkpoints written, and gives the lease up. */
  stop(): Promise<void>;
  /** True while this process drives the projections. */
  isRunning(): boolean;
  /** True while another process does, and this one would take over. */
  isStandingBy(): boolean;
  /** Of all projections, upstreams first. */
  readonly names: readonly string[];
  status(): Promise<readonly ProjectionStatus[]>;
  /** Resolves when the model includes the position and what its upstream emitted up to there; `projection_behind` after `waitMs`. */
  waitFor(name: string, position: Position, waitMs: number): Promise<void>;
  asOf(name: string, key?: string): AsOf;
  readModel(name: string): ReadModel;
  /**
   * To be called when what the projection's documents depend on beside the log (`ProjectionEntry.basis`) may have changed: they are then built
   * anew. A process that does not drive the projections, and each start, look by themselves.
   */
  rebase(name: string): Promise<void>;
  /** Makes the reactor of the projection look at the clock. */
  poke(name: string): void;
  readonly deadLetters: ProjectionDeadLetters;
}

const TUNING: ProcessorTuning = {
  batchSize: 500,
  cachedDocuments: 2_500,
  lingerMs: 5,
  waitingBytes: 16_000_000,
  skippedMs: 10_000,
  blockRetries: BLOCK_RETRIES,
};
const LEASE_NAME = 'processors';
const LEASE_TTL_MS = 6_000;
const DROP_AFTER_MS = 10_000;
/** How often a process that stands by looks for a position that is waited for. */
const LOOK_EVERY_MS = 50;

/** Puts projections, reactors, lease, catalogue and rebuilds together. */
export function createRunner(options: RunnerOptions): Runner {
  const { eventStore, documentStore, clock, logger } = options;
  const ttlMs = options.leaseTtlMs ?? LEASE_TTL_MS;
  const lookAfterMs = Math.min(ttlMs, LEASE_TTL_MS) / 3;
  let state: 'new' | 'standby' | 'running' | 'stopped' = 'new';
  let standby: NodeJS.Timeout | undefined;
  /** Taking over, or leaving to another process: one at a time, and done before the end. */
  let changing: Promise<unknown> = Promise.resolve();
  const rebasing = new Set<Promise<void>>();

  const lease = createLeaseKeeper({ documentStore, name: LEASE_NAME, holder: options.holder, ttlMs, clock, logger, onLost });
  const tuning = { ...TUNING, ...options.tuning };
  const around: ProcessorSurroundings = { ...options, fence: () => lease.fence(), tuning, onFenced: () => lease.reportLost() };
  const catalogue = createCatalogue({ ...options, fence: () => lease.fence() });
  const slots = checkEntries(options.projections).map((entry) => createSlot(entry, { around, catalogue }));
  const jobs = createJobs({ slotOf, documentStore, clock, logger, dropAfterMs: options.dropAfterMs ?? DROP_AFTER_MS });

  function slotOf(name: string): Slot {
    const slot = slots.find((candidate) => candidate.entry.projection.name === name);
    if (slot === undefined) {
      const known = slots.map((candidate) => candidate.entry.projection.name).join(', ');
      throw new EngineError('not_found', `Expected the name of a projection (${known}), found ${name}.`, { details: { name } });
    }
    return slot;
  }

  /** The model and what it is derived from, the source first. */
  function chainOf(name: string): readonly Slot[] {
    const slot = slotOf(name);
    return slot.entry.upstream === undefined ? [slot] : [...chainOf(slot.entry.upstream), slot];
  }

  function onLost(): void {
    if (state !== 'running') return;
    state = 'standby';
    options.onLost();
    // What is in hand fails at its next write; nothing of it can be stored.
    changing = changing.then(stopDriving).then(standBy);
  }

  async function stopDriving(): Promise<readonly PromiseSettledResult<unknown>[]> {
    // Jobs begin and stop processors of the slots; those that are just being begun, too.
    await Promise.allSettled([jobs.interruptAll(), ...rebasing]);
    await Promise.allSettled([jobs.interruptAll()]);
    return Promise.allSettled(slots.map((slot) => slot.stop()));
  }

  async function takeOver(): Promise<boolean> {
    if (!(await lease.acquire())) return false;
    try {
      await Promise.all(slots.map((slot) => slot.start()));
      lease.fence(); // refuses when another process took it while this one was asleep
    } catch (error) {
      await Promise.allSettled(slots.map((slot) => slot.stop()));
      await lease.release();
      if (isEngineError(error, 'fenced')) return false;
      throw error;
    }
    if (state === 'stopped') return true;
    state = 'running';
    options.onDriving?.();
    for (const slot of slots) void rebaseSlot(slot);
    return true;
  }

  async function rebaseSlot(slot: Slot): Promise<void> {
    const underWay = rebase(slot, { jobs, isRunning: () => state === 'running' }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.name : typeof error;
      logger.error('rebuild_not_started', { projection: slot.entry.projection.name, reason });
    });
    rebasing.add(underWay);
    await underWay;
    rebasing.delete(underWay);
  }

  function standBy(): void {
    if (state === 'stopped') return;
    state = 'standby';
    standby = setTimeout(() => {
      changing = lookAround().catch((error: unknown) => {
        logger.warn('take_over_failed', { reason: error instanceof Error ? error.name : typeof error });
        standBy();
      });
    }, lookAfterMs);
  }

  async function lookAround(): Promise<void> {
    if (await takeOver()) return;
    await Promise.all(slots.map((slot) => slot.look()));
    standBy();
  }

  /** While another process drives, how far it has come is only in the store. */
  async function reached(slot: Slot, position: Position, until: number): Promise<boolean> {
    while (state !== 'running' && slot.progress.position() < position && clock() < until) {
      await slot.look();
      if (await slot.progress.reached(position, LOOK_EVERY_MS)) return true;
    }
    return slot.progress.reached(position, until - clock());
  }

  function asOf(name: string, key?: string): AsOf {
    return asOfChain(chainOf(name), { storeId: eventStore.id, clock, ...(key === undefined ? {} : { key }) });
  }

  return {
    ...jobs,
    async start() {
      for (const collection of [CATALOGUE_COLLECTION, DROPS_COLLECTION]) await documentStore.ensureCollection(collection, []);
      await documentStore.ensureCollection(BLOCKS_COLLECTION, [{ name: 'processor', paths: [['processor']] }]);
      if (await takeOver()) return;
      await Promise.all(slots.map((slot) => slot.look()));
      standBy();
    },
    async stop() {
      const wasDriving = state === 'running';
      state = 'stopped';
      await changing;
      clearTimeout(standby);
      const stopped = await stopDriving();
      await lease.release();
      const failed = stopped.find((result) => result.status === 'rejected');
      if (failed !== undefined && wasDriving) throw failed.reason;
    },
    isRunning: () => state === 'running',
    isStandingBy: () => state === 'standby',
    names: slots.map(({ entry }) => entry.projection.name),
    async status() {
      const head = await eventStore.head();
      return slots.map((slot) => statusOf(slot, { head, storeId: eventStore.id, job: jobs.jobOf(slot.entry.projection.name) }));
    },
    async waitFor(name, position, waitMs) {
      const until = clock() + waitMs;
      let target = position;
      for (const slot of chainOf(name)) {
        if (!(await reached(slot, target, until))) throw behind(slot, waitMs);
        // What the next one folds is what this one emitted by now; what another process emitted, the log knows.
        const emitted = state === 'running' ? slot.emitted.position() : await eventStore.head();
        if (emitted > target) target = emitted;
        // A model with a reactor folds what the reactor emitted, too.
        if (slot.entry.reactor !== undefined && !(await reached(slot, target, until))) throw behind(slot, waitMs);
      }
    },
    asOf,
    readModel: (name) => {
      const slot = slotOf(name);
      return {
        collection: () => processorName(name, slot.catalogue()?.generation ?? 1),
        asOf: (key) => asOf(name, key),
      };
    },
    rebase: (name) => rebaseSlot(slotOf(name)),
    poke: (name) => slotOf(name).live()?.poke(),
    deadLetters: createDeadLetters(slots, clock),
  };
}

function behind(slot: Slot, waitMs: number): EngineError {
  const { name } = slot.entry.projection;
  return new EngineError('projection_behind', `Expected ${name} to reach the position within ${waitMs} ms; it has not yet.`, {
    details: { projection: name },
  });
}
