import { EngineError } from '../contracts/errors.js';
import type { DocumentStore, Fence, Lease } from '../stores/document-store/document-store.port.js';
import type { Clock } from './clock.js';
import type { Logger } from './logger.js';

/** How a process holds the one lease of all processors. */
export interface LeaseOptions {
  readonly documentStore: DocumentStore;
  readonly name: string;
  /** Who holds it. A process that alone can hold it (a locked data folder) names the same holder after a restart and goes on at once. */
  readonly holder: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once each time another process has taken the lease: nothing may be written any more. */
  readonly onLost: () => void;
}

/** The lease under which this process writes. */
export interface LeaseKeeper {
  /** Tries once to take it; true when this process holds it now. */
  acquire(): Promise<boolean>;
  /**
   * What each write carries. Throws `fenced` when the lease is lost, and `store_unavailable` while it has run out and nobody is known to
   * have taken it: the store was away, or the process asleep, and the next renewal tells.
   */
  fence(): Fence;
  /** For an error of a write: when it says `fenced`, the lease is lost. */
  reportLost(): void;
  /** Stops renewing and lets others take over at once. */
  release(): Promise<void>;
}

/** What Node's timers hold. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Keeps the lease by renewing it three times in its life. */
export function createLeaseKeeper(options: LeaseOptions): LeaseKeeper {
  const { documentStore, name, holder, ttlMs, clock, logger } = options;
  let lease: Lease | null = null;
  let validUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> = Promise.resolve();

  function reportLost(): void {
    if (lease === null) return;
    lease = null;
    clearInterval(timer);
    logger.error('lease_lost', { lease: name });
    options.onLost();
  }

  async function renew(): Promise<void> {
    const held = lease;
    if (held === null) return;
    // Counted from before the call: the store may have noted an earlier time than we see it answer.
    const now = clock();
    try {
      const renewed = await documentStore.acquireLease(name, holder, { now, ttlMs });
      if (lease !== held) return;
      if (renewed?.epoch === held.epoch) validUntil = now + ttlMs;
      else reportLost();
    } catch (error) {
      logger.warn('lease_renewal_failed', { lease: name, reason: error instanceof Error ? error.name : typeof error });
    }
  }

  return {
    async acquire() {
      const now = clock();
      lease = await documentStore.acquireLease(name, holder, { now, ttlMs });
      if (lease === null) return false;
      validUntil = now + ttlMs;
      timer = setInterval(
        () => {
          renewing = renewing.then(renew);
        },
        Math.min(ttlMs / 3, LONGEST_TIMER_MS),
      );
      logger.info('lease_taken', { lease: name, epoch: lease.epoch.toString() });
      return true;
    },
    fence() {
      if (lease === null) throw new EngineError('fenced', `Expected to hold the lease ${name}; it is not held any more.`);
      if (clock() >= validUntil) {
        throw new EngineError('store_unavailable', `Expected to hold the lease ${name}; it ran out and is not renewed yet.`);
      }
      return { lease: name, epoch: lease.epoch };
    },
    reportLost,
    async release() {
      clearInterval(timer);
      await renewing;
      const held = lease;
      lease = null;
      if (held === null) return;
      // Whoever comes next then waits until it has run out.
      await documentStore.releaseLease(held).catch((error: unknown) => {
        logger.warn('lease_not_released', { lease: name, reason: error instanceof Error ? error.name : typeof error });
      });
    },
  };
}
