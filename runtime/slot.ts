import { canonicalJson } from '../contracts/canonical-json.js';
import { EngineError } from '../contracts/errors.js';
import type { Position } from '../contracts/events/event.js';
import type { JsonObject } from '../contracts/json.js';
import type { Catalogue } from './catalogue.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { dropGeneration, storedGenerations } from './generations.js';
import type { AnyReactor } from './processor/any-reactor.js';
import { createDrops, type Drops } from './processor/drops.js';
import { createProcessor } from './processor/processor.js';
import type { Processor } from './processor/processor-handle.js';
import { processorName, type ProcessorOptions, type ProcessorSurroundings } from './processor/processor-options.js';
import { createProgress, type Progress } from './progress.js';
import type { Projection } from './projection.js';

/** A projection with what belongs to it while it runs. */
export interface ProjectionEntry {
  readonly projection: Projection<JsonObject>;
  /** Decides on the projection's documents; driven only by the generation that serves. */
  readonly reactor?: AnyReactor;
  /** The projection whose reactor's emissions this one folds: reads that wait for a position wait for that one first. */
  readonly upstream?: string;
  /**
   * What the documents depend on beside the log, as it is now: small, plain data. A generation is folded for ever with the one it began with
   * (handed to the reactor's `shared.begin`); when it differs from what serves, the next generation is built.
   */
  readonly basis?: () => Promise<JsonObject>;
}

/** One projection of a running process: the generation that serves, and those on their way. */
export interface Slot {
  readonly entry: ProjectionEntry;
  /** How far the serving generation has come; goes on over a switch. */
  readonly progress: Progress;
  /** The position of the last event that the reactor has emitted. */
  readonly emitted: Progress;
  catalogue(): CatalogueEntry | null;
  /** The processor that serves; null while another process has the lease, and while an older version's documents wait for their rebuild. */
  live(): Processor | null;
  /** How long ago the oldest event that is not folded was received. */
  lagMs(): number;
  /** Learns what serves without running it. */
  look(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  drops(): Drops;
  /** What documents begun now would depend on beside the log. */
  basis(): Promise<JsonObject>;
  /** Reserves the next generation's number. */
  reserve(change: (entry: CatalogueEntry, generation: number) => CatalogueEntry): Promise<number>;
  save(entry: CatalogueEntry): Promise<void>;
  /** A processor that only folds, on this basis, never behind the serving one. */
  createBuilder(made: Pick<CatalogueEntry, 'generation' | 'basis'>, progress: Progress): Processor;
  /** Makes a generation that was built up to the serving one's position serve; both must stand still. */
  switchTo(made: Pick<CatalogueEntry, 'generation' | 'basis'>, position: Position): Promise<void>;
  drop(generation: number): Promise<void>;
}

export interface SlotOptions {
  readonly around: ProcessorSurroundings;
  readonly catalogue: Catalogue;
}

/** How much larger batches are when nobody waits for each event. */
const BUILDING_BATCH_FACTOR = 2;

/** True when documents on the one basis are documents on the other. */
export function isSameBasis(one: JsonObject, other: JsonObject): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** The slot of one projection. */
export function createSlot(entry: ProjectionEntry, { around, catalogue }: SlotOptions): Slot {
  const { projection, reactor } = entry;
  const { documentStore } = around;
  const progress = createProgress(-1n);
  const emitted = createProgress(-1n);
  const drops = createDrops(documentStore, projection.name, around.fence);
  let known: CatalogueEntry | null = null;
  let live: Processor | null = null;
  /** While nobody here drives it, how current it is can only be told from when it was looked at. */
  let lookedAt = around.clock();

  function sharedOn(basis: JsonObject): Pick<ProcessorOptions, 'shared'> {
    if (reactor === undefined) return {};
    const { shared } = reactor;
    return { shared: shared.begin === undefined ? shared : { ...shared, initial: shared.begin(basis) } };
  }

  function basisNow(): Promise<JsonObject> {
    return entry.basis?.() ?? Promise.resolve({});
  }

  function opened(): CatalogueEntry {
    if (known === null) throw new EngineError('store_unavailable', `Expected ${projection.name} to be started; it is not.`);
    return known;
  }

  function createLive({ generation, switchId, liveAfter, basis }: CatalogueEntry): Processor {
    const switched = liveAfter < 0n ? null : { switch_id: switchId, position: liveAfter };
    const acting = reactor === undefined ? {} : { live: { reactor, switched, onEmitted: emitted.advance } };
    return createProcessor({ projection, generation, progress, drops, ...sharedOn(basis), ...acting }, around);
  }

  async function dropLeftovers({ generation, building }: CatalogueEntry): Promise<void> {
    for (const stored of await storedGenerations(documentStore, projection.name)) {
      if (stored !== generation && stored !== building?.generation) await drop(stored);
    }
  }

  function drop(generation: number): Promise<void> {
    return dropGeneration(documentStore, projection.name, { generation, fence: around.fence });
  }

  return {
    entry,
    progress,
    emitted,
    catalogue: () => known,
    live: () => live,
    lagMs: () => live?.report().lagMs ?? Math.max(0, around.clock() - lookedAt),
    drops: () => drops,
    basis: basisNow,
    async look() {
      known = await catalogue.read(projection.name);
      lookedAt = around.clock();
      if (known === null) return;
      progress.advance((await documentStore.readCheckpoint(processorName(projection.name, known.generation))) ?? -1n);
    },
    async start() {
      known = await catalogue.open(projection.name, async () => ({ version: projection.version, basis: await basisNow() }));
      await Promise.all([drops.load(), dropLeftovers(known)]);
      // What an earlier process emitted last is not remembered; the head is behind all of it.
      emitted.advance(await around.eventStore.head());
      if (known.version === projection.version) {
        live = createLive(known);
        await live.start();
      } else {
        // Today's code cannot fold into the documents of another version: they serve as they are until the rebuild is done.
        progress.advance((await documentStore.readCheckpoint(processorName(projection.name, known.generation))) ?? -1n);
      }
    },
    async stop() {
      const running = live;
      live = null;
      await running?.stop();
    },
    async reserve(change) {
      const before = opened();
      const generation = before.lastGeneration + 1;
      known = change({ ...before, lastGeneration: generation }, generation);
      await catalogue.save(known);
      return generation;
    },
    async save(changed) {
      await catalogue.save(changed);
      known = changed;
    },
    createBuilder({ generation, basis }, builderProgress) {
      const limit = (): Position => progress.position();
      const batchSize = around.tuning.batchSize * BUILDING_BATCH_FACTOR;
      // The documents of a batch, and of the next one that is read meanwhile, have to stay until they are folded.
      const cachedDocuments = Math.max(around.tuning.cachedDocuments, batchSize * 3);
      const tuning = { ...around.tuning, batchSize, cachedDocuments };
      return createProcessor(
        { projection, generation, progress: builderProgress, drops, ...sharedOn(basis), limit },
        { ...around, tuning },
      );
    },
    async switchTo({ generation, basis }, position) {
      const before = opened();
      lookedAt = around.clock();
      const old = live;
      live = null;
      await old?.stop();
      known = await catalogue.switchTo(before, { generation, version: projection.version, basis, position });
      live = createLive(known);
      await live.start();
    },
    drop,
  };
}
