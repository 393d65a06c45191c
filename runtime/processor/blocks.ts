import type { Position } from '../../contracts/events/event.js';
import type { DocumentStore, DocumentWrite, Fence } from '../../stores/document-store/document-store.port.js';
import { isoInstant, type Clock } from '../clock.js';
import { retryDelay, type RetryPolicy } from '../retry.js';
import { blockBody, blockId, BLOCKS_COLLECTION, parseBlock, type Block } from './block.js';
import { reasonOf, type Failure } from './failure.js';
import { walk } from './walk.js';

/** The blocked keys of one processor, in memory, and as documents that are written before the checkpoint. */
export interface Blocks {
  load(): Promise<void>;
  get(key: string): Block | undefined;
  size(): number;
  list(): readonly Block[];
  /** Blocks the key, or counts one more failed try of the event it is blocked by. */
  block(failure: Failure): void;
  /** Counts an event of a blocked key that is passed over. */
  skip(key: string, position: Position): void;
  /** Makes the key due at once. */
  askRetry(key: string): void;
  unblock(key: string): void;
  due(now: number): readonly Block[];
  /** The earliest instant at which a block is due, Infinity for none. */
  nextDue(): number;
  /** Writes what has changed. */
  flush(): Promise<void>;
}

export interface BlocksOptions {
  readonly documentStore: DocumentStore;
  readonly processor: string;
  readonly clock: Clock;
  readonly fence: () => Fence;
  /** How often an event is tried before its key is parked, and how far apart. */
  readonly policy: RetryPolicy;
}

/** Five tries within 15 s. */
export const BLOCK_RETRIES: RetryPolicy = { attempts: 5, baseMs: 1_000, factor: 2, maxMs: 8_000, jitter: 0 };

/** The blocks of the given processor; call `load` first. */
export function createBlocks(options: BlocksOptions): Blocks {
  const { documentStore, processor, clock, policy } = options;
  const blocks = new Map<string, Block>();
  const dirty = new Set<string>();
  /** null: to be found again. */
  let earliestDue: number | null = null;

  function set(block: Block): void {
    blocks.set(block.key, block);
    touch(block.key);
  }

  function touch(key: string): void {
    dirty.add(key);
    earliestDue = null;
  }

  return {
    async load() {
      const filter = { kind: 'eq', path: ['processor'], value: processor } as const;
      for await (const document of walk(documentStore, BLOCKS_COLLECTION, { filter })) {
        const block = parseBlock(document);
        blocks.set(block.key, block);
      }
      earliestDue = null;
    },
    get: (key) => blocks.get(key),
    size: () => blocks.size,
    list: () => [...blocks.values()],
    block({ key, event, error }) {
      const known = blocks.get(key);
      const again = known?.event.id === event.id;
      const tries = again ? known.tries + 1 : 1;
      const now = clock();
      const { retryAt: _due, ...parked }: Block = {
        key,
        event,
        reason: reasonOf(error),
        tries,
        since: again ? known.since : isoInstant(now),
        skipped: known?.skipped ?? 0,
        skippedThrough: known?.skippedThrough ?? event.position,
      };
      set(tries >= policy.attempts ? parked : { ...parked, retryAt: now + retryDelay(policy, tries) });
    },
    skip(key, position) {
      const block = blocks.get(key);
      if (block === undefined || position <= block.skippedThrough) return;
      set({ ...block, skipped: block.skipped + 1, skippedThrough: position });
    },
    askRetry(key) {
      const block = blocks.get(key);
      if (block !== undefined) set({ ...block, retryAt: clock() });
    },
    unblock(key) {
      if (blocks.delete(key)) touch(key);
    },
    due: (now) => [...blocks.values()].filter((block) => block.retryAt !== undefined && block.retryAt <= now),
    nextDue() {
      if (earliestDue === null) {
        earliestDue = Infinity;
        for (const { retryAt } of blocks.values()) earliestDue = Math.min(earliestDue, retryAt ?? Infinity);
      }
      return earliestDue;
    },
    async flush() {
      if (dirty.size === 0) return;
      const keys = [...dirty];
      dirty.clear();
      try {
        await write(keys);
      } catch (error) {
        for (const key of keys) dirty.add(key);
        throw error;
      }
    },
  };

  async function write(keys: readonly string[]): Promise<void> {
    const stored = await documentStore.getMany(
      BLOCKS_COLLECTION,
      keys.map((key) => blockId(processor, key)),
    );
    const writes = keys.flatMap((key): DocumentWrite[] => {
      const id = blockId(processor, key);
      const expected = stored.get(id)?.position ?? 'none';
      const block = blocks.get(key);
      if (block === undefined) {
        return expected === 'none' ? [] : [{ id, expected, position: expected, body: null, expires_at: clock() }];
      }
      const position = expected === 'none' || expected < block.event.position ? block.event.position : expected;
      return [{ id, expected, position, body: blockBody(processor, block) }];
    });
    if (writes.length > 0) await documentStore.put(BLOCKS_COLLECTION, writes, options.fence());
  }
}
