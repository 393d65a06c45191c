import { EngineError } from '../../contracts/errors.js';
import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { Position, RecordedEvent } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import type { Clock } from '../clock.js';
import type { Projection } from '../projection.js';
import type { Apply } from './apply.js';
import type { Block } from './block.js';
import type { Blocks } from './blocks.js';
import type { DecodeEvents } from './decoding.js';
import type { DocumentCache } from './document-cache.js';
import type { Drops } from './drops.js';
import { streamKey, type Failure } from './failure.js';
import { keysOf, pointAt, type KeyEvent } from './groups.js';
import { inChunks } from './in-chunks.js';
import type { SharedState } from './shared-state.js';

/** What became of a retried key. */
export type RetryOutcome = 'unblocked' | 'still_blocked';

/** Brings blocked keys up to the processor's position, a slice at a time between its batches, then unblocks them. */
export interface RetryBlocked {
  /** One slice; false when nothing is due. */
  turn(): Promise<boolean>;
  /** Resolves when the key's next try has ended. */
  settled(key: string): Promise<RetryOutcome>;
  /** Answers those who wait: the processor stops. */
  abandon(): void;
}

export interface RetryBlockedOptions {
  readonly projection: Projection<JsonObject>;
  readonly eventStore: EventStore;
  readonly decode: DecodeEvents;
  readonly accepts: (event: RecordedEvent) => boolean;
  readonly documents: DocumentCache;
  readonly shared: SharedState;
  readonly blocks: Blocks;
  readonly drops: Drops;
  readonly apply: Apply;
  /** How far the processor has come: blocked keys are brought there. */
  readonly position: () => Position;
  readonly clock: Clock;
}

interface Job {
  readonly entries: Map<string, Block>;
  cursor: Position;
}

const KEYS_AT_ONCE = 1_000;
const READS_AT_ONCE = 64;
const EVENTS_A_SLICE = 1_000;

/** Retries what is due: first the event that failed, then, if it passes, everything that was passed over behind it. */
export function createRetryBlocked(options: RetryBlockedOptions): RetryBlocked {
  const { projection, eventStore, blocks, drops, shared } = options;
  const waiting = new Map<string, ((outcome: RetryOutcome) => void)[]>();
  let job: Job | null = null;

  function settle(key: string, outcome: RetryOutcome): void {
    for (const tell of waiting.get(key) ?? []) tell(outcome);
    waiting.delete(key);
  }

  function failAgain(entries: Map<string, Block>, failure: Failure): void {
    blocks.block(failure);
    entries.delete(failure.key);
    settle(failure.key, 'still_blocked');
  }

  async function begin(due: readonly Block[]): Promise<Job> {
    const entries = new Map(due.slice(0, KEYS_AT_ONCE).map((block) => [block.key, block]));
    const recorded: RecordedEvent[] = [];
    const probes = [...entries.values()].filter(({ key, event }) => !drops.has(key, event.id));
    await inChunks(
      probes.map(({ event }) => async () => {
        for await (const found of eventStore.readStream(event.stream, { from: event.revision, limit: 1 })) recorded.push(found);
      }),
      READS_AT_ONCE,
    );
    const byKey = new Map(probes.map(({ key, event }) => [`${key}\0${event.id}`, key]));
    recorded.sort((a, b) => (a.position < b.position ? -1 : 1));
    // One event can have blocked several keys; each of them tries it.
    await fold(entries, recorded, (key, event) => byKey.has(`${key}\0${event.id}`));
    let cursor = options.position();
    for (const { event } of entries.values()) if (event.position < cursor) cursor = event.position;
    return { entries, cursor };
  }

  async function advance(current: Job): Promise<void> {
    const upTo = options.position();
    const found: RecordedEvent[] = [];
    let isAtEnd = true;
    if (current.entries.size > 0 && current.cursor < upTo) {
      const range = { after: current.cursor, limit: EVENTS_A_SLICE, categories: projection.categories };
      for await (const event of eventStore.readAll(range)) {
        if (event.position > upTo) break;
        found.push(event);
      }
      isAtEnd = found.length < EVENTS_A_SLICE;
      current.cursor = found.at(-1)?.position ?? upTo;
      const behind = (key: string, event: DecodedEvent): boolean => {
        const block = current.entries.get(key);
        return block !== undefined && event.position > block.event.position;
      };
      await fold(current.entries, found.filter(options.accepts), behind);
    }
    if (!isAtEnd) return;
    for (const key of current.entries.keys()) {
      blocks.unblock(key);
      settle(key, 'unblocked');
    }
    await blocks.flush();
    job = null;
  }

  /** Folds those of the events that belong to entries; entries that fail are taken out. */
  async function fold(
    entries: Map<string, Block>,
    recorded: readonly RecordedEvent[],
    belongs: (key: string, event: DecodedEvent) => boolean,
  ): Promise<void> {
    const groups = new Map<string, KeyEvent[]>();
    /** The blocked stream on whose behalf a key is folded. */
    const ofStream = new Map<string, string>();
    for (const result of await options.decode(recorded, { opensQuasi: projection.opensQuasi })) {
      const point = pointAt(result.ok ? result.event : result.recorded);
      const wholeStream = streamKey(point.stream);
      if (drops.has(wholeStream, point.id)) continue;
      if (!result.ok) {
        if (entries.has(wholeStream)) failAgain(entries, { key: wholeStream, event: point, error: result.error });
        continue;
      }
      const isStreamRetried = entries.has(wholeStream) && belongs(wholeStream, result.event);
      if (!isStreamRetried && blocks.get(wholeStream) !== undefined) continue;
      if (isStreamRetried) shared.foldLate(result.event);
      for (const key of keysOf(projection, result.event)) {
        const isRetried = entries.has(key) && belongs(key, result.event);
        if ((!isRetried && !(isStreamRetried && blocks.get(key) === undefined)) || drops.has(key, point.id)) continue;
        if (isStreamRetried) ofStream.set(key, wholeStream);
        groups.set(key, [...(groups.get(key) ?? []), { event: result.event, shared: shared.current() }]);
      }
    }
    await refuseOvertaken(entries, groups, ofStream);
    const failures = await options.apply([...groups].map(([key, events]) => ({ key, events })));
    for (const failure of failures) {
      const stream = ofStream.get(failure.key);
      if (entries.has(failure.key) || stream === undefined) failAgain(entries, failure);
      else blocks.block(failure);
    }
    await shared.commit();
  }

  /** A document that other streams have moved on cannot take an older event any more. */
  async function refuseOvertaken(
    entries: Map<string, Block>,
    groups: Map<string, KeyEvent[]>,
    ofStream: ReadonlyMap<string, string>,
  ): Promise<void> {
    const loaded = await options.documents.load([...ofStream.keys()]);
    for (const [key, stream] of ofStream) {
      const first = groups.get(key)?.[0]?.event;
      const position = loaded.get(key)?.position ?? 'none';
      if (first === undefined || position === 'none' || position <= first.position) continue;
      groups.delete(key);
      const error = new EngineError(
        'rebuild_needed',
        `Expected ${key} to stand before the event; later events are in it already.`,
      );
      if (entries.has(stream)) failAgain(entries, { key: stream, event: pointAt(first), error });
    }
  }

  return {
    async turn() {
      if (job === null) {
        const due = blocks.due(options.clock());
        if (due.length === 0) return false;
        job = await begin(due);
        return true;
      }
      await advance(job);
      return true;
    },
    abandon() {
      for (const key of [...waiting.keys()]) settle(key, 'still_blocked');
    },
    settled: (key) => new Promise((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve])),
  };
}
