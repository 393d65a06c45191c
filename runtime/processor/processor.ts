import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import { isEngineError } from '../../contracts/errors.js';
import { retryDelay, type RetryPolicy } from '../retry.js';
import { createBatchSource, type BatchSource, type DecodingBatch } from './batch-source.js';
import type { DecodeResult } from './decoding.js';
import { reasonOf } from './failure.js';
import { groupByKey, keysOf } from './groups.js';
import { processorName, type ProcessorOptions, type ProcessorSurroundings } from './processor-options.js';
import { openProcessorParts, type ProcessorParts } from './processor-parts.js';
import type { Processor, ProcessorReport } from './processor-handle.js';
import { createPump, type Pump } from './pump.js';
import { createRate } from './rate.js';
import { createRetryBlocked, type RetryBlocked } from './retry-blocked.js';
import { createSerialLoop, type NextTurn } from './serial-loop.js';

const REST: RetryPolicy = { attempts: Infinity, baseMs: 100, factor: 2, maxMs: 5_000, jitter: 0.2 };

/** The vendor-free loop behind every projection and reactor. */
export function createProcessor(options: ProcessorOptions, around: ProcessorSurroundings): Processor {
  const { projection, progress } = options;
  const { clock, logger, tuning } = around;
  const name = processorName(projection.name, options.generation);
  const rate = createRate(clock);
  const keyListeners = new Set<(keys: readonly string[]) => void>();
  const startedAt = clock();
  let parts: ProcessorParts | undefined;
  let pump: Pump | undefined;
  let retrying: RetryBlocked | undefined;
  let source: BatchSource | undefined;
  let state: 'starting' | 'running' | 'stopped' = 'starting';
  let failures = 0;
  let lastError: ProcessorReport['lastError'] = null;
  /** received_at of the last folded event, ms. */
  let foldedUntil = 0;

  const loop = createSerialLoop({ turn, nextInstant, onError, clock, lingerMs: tuning.lingerMs });

  function prefetch({ documents }: ProcessorParts, results: readonly DecodeResult[]): void {
    try {
      documents.prefetch(results.flatMap((result) => (result.ok ? keysToRead(result.event) : [])));
    } catch {
      // The event whose keys cannot be told is found, and named, when its batch is grouped.
    }
  }

  /** What is changed without being read is not read ahead either. */
  function keysToRead(event: DecodedEvent): readonly string[] {
    return (projection.changes?.(event).length ?? 0) > 0 ? [] : keysOf(projection, event);
  }

  async function processBatch(batch: DecodingBatch, current: ProcessorParts): Promise<void> {
    const { apply, blocks, shared, checkpoint, work } = current;
    const results = await batch.decoded();
    source?.lookAhead();
    shared.rollback();
    const { groups, failures: unreadable } = groupByKey(results, { projection, blocks, drops: options.drops, shared });
    for (const listener of keyListeners) listener(groups.map((group) => group.key));
    const failed = await apply(groups);
    for (const failure of [...unreadable, ...failed]) {
      blocks.block(failure);
      logger.warn('projection_key_blocked', { processor: name, event_id: failure.event.id, code: reasonOf(failure.error).code });
    }
    const last = batch.events.at(-1);
    if (last !== undefined) foldedUntil = Date.parse(last.metadata.received_at);
    rate.note(batch.events.length);
    checkpoint.note(batch.through, batch.events.length);
    if (await shared.commit()) {
      work?.poke();
      // Rules in force are those at an event's position: nothing before the change may be decided again with the new ones.
      await writeCheckpoint(current);
    }
    progress.advance(batch.through);
  }

  function writeCheckpoint({ checkpoint, blocks }: ProcessorParts): Promise<void> {
    return checkpoint.write(() => blocks.flush());
  }

  /** Up to when everything received is folded. */
  function timeOfWork(): number {
    return isDrained() ? clock() : Math.min(clock(), foldedUntil);
  }

  function isDrained(): boolean {
    return source?.isDrained() ?? false;
  }

  /** Work sees documents and states that include everything that earlier processes, or failed slices, have emitted. */
  function mayWork(reactions: ProcessorParts['reactions']): boolean {
    if (reactions === null) return false;
    const liveAfter = options.live?.switched?.position ?? -1n;
    return progress.position() >= reactions.suspectUntil() && progress.position() >= liveAfter;
  }

  async function workSlice({ work, shared, reactions }: ProcessorParts): Promise<boolean> {
    const now = timeOfWork();
    if (work === null || !mayWork(reactions) || now === 0 || !work.isDue(now)) return false;
    try {
      await work.run({ now, position: progress.position(), shared: shared.current() });
    } catch (error) {
      await reactions?.distrust();
      throw error;
    }
    return true;
  }

  async function turn(): Promise<NextTurn> {
    if (parts === undefined) return 'when_woken';
    const batch = source?.current() ?? null;
    if (batch !== null) {
      await processBatch(batch, parts);
      source?.done();
    }
    const worked = await workSlice(parts);
    const retried = (await retrying?.turn()) ?? false;
    if (parts.checkpoint.nextDue() <= clock()) await writeCheckpoint(parts);
    failures = 0;
    if (worked || retried) return 'at_once';
    if (batch === null) return 'when_woken';
    // What a batch costs beside its events is the same for one as for many: where few have come, others are let come.
    return pump?.isCaughtUp() === true && batch.events.length * 2 < tuning.batchSize ? 'soon' : 'at_once';
  }

  function nextInstant(): number {
    if (parts === undefined) return Infinity;
    // Before it is drained there is a next batch to come, whose time says whether work is due.
    const isWorkPossible = isDrained() && mayWork(parts.reactions);
    const workDue = isWorkPossible ? (parts.work?.nextDue() ?? Infinity) : Infinity;
    return Math.min(workDue, parts.checkpoint.nextDue(), parts.blocks.nextDue());
  }

  function onError(error: unknown): number | null {
    lastError = { ...reasonOf(error), at: clock() };
    if (isEngineError(error, 'fenced')) {
      around.onFenced();
      return null;
    }
    failures += 1;
    // A decoding that failed is begun again with the batch.
    source?.again();
    logger.warn('projection_failing', { processor: name, code: lastError.code, failures });
    return retryDelay(REST, failures);
  }

  function lagMs(): number {
    if (isDrained() || state === 'stopped') return 0;
    const oldest = source?.oldest() ?? null;
    // What others wait for goes by without end where much comes in.
    if (oldest === null && pump?.isCaughtUp() === true) return 0;
    const since = oldest === null ? foldedUntil || startedAt : Date.parse(oldest);
    return Math.max(0, clock() - since);
  }

  function stateOf(): ProcessorReport['state'] {
    if (state !== 'running') return state;
    if (loop.isHeld()) return 'held';
    if (failures > 0) return 'failing';
    return isDrained() ? 'live' : 'catching_up';
  }

  return {
    name,
    async start() {
      const opened = await openProcessorParts(options, around);
      parts = opened;
      const { from, accepts, documents, shared, blocks, apply } = opened;
      progress.advance(from);
      retrying = createRetryBlocked({
        ...around,
        projection,
        accepts,
        documents,
        shared,
        blocks,
        drops: options.drops,
        apply,
        position: () => progress.position(),
      });
      pump = createPump({
        eventStore: around.eventStore,
        after: from,
        categories: projection.categories,
        accepts,
        maxEvents: tuning.batchSize * 2,
        maxBytes: tuning.waitingBytes,
        onReady: loop.poke,
        onError(error) {
          lastError = { ...reasonOf(error), at: clock() };
          logger.warn('projection_reading_failed', { processor: name, code: lastError.code });
        },
      });
      source = createBatchSource({
        pump,
        decode: around.decode,
        opensQuasi: projection.opensQuasi,
        batchSize: tuning.batchSize,
        limit: () => options.limit?.() ?? null,
        onAhead: (results) => prefetch(opened, results),
      });
      state = 'running';
      loop.start();
    },
    async stop() {
      await loop.stop();
      state = 'stopped';
      await pump?.stop();
      retrying?.abandon();
      if (parts !== undefined) await writeCheckpoint(parts);
    },
    poke() {
      parts?.work?.poke();
      loop.poke();
    },
    hold: () => loop.hold(),
    report: () => ({
      state: stateOf(),
      position: progress.position(),
      lagMs: lagMs(),
      eventsPerSecond: rate.perSecond(),
      blocked: parts?.blocks.size() ?? 0,
      lastError,
    }),
    blocks: () => parts?.blocks.list() ?? [],
    blockOf: (key) => parts?.blocks.get(key),
    async retry(key) {
      if (parts?.blocks.get(key) === undefined || retrying === undefined) return 'unblocked';
      const settled = retrying.settled(key);
      parts.blocks.askRetry(key);
      loop.poke();
      return settled;
    },
    onKeys(listener) {
      keyListeners.add(listener);
      return () => keyListeners.delete(listener);
    },
  };
}
