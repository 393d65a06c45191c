import { streamName } from '../contracts/events/streams.js';
import { isoInstant, type Clock } from './clock.js';
import { encodePosition } from './positions.js';
import { streamKey } from './processor/failure.js';
import type { Slot } from './slot.js';

/** What every read of a derived model says about how current it is, as it leaves the engine. */
export type AsOf = {
  readonly position: string;
  /** ISO-8601: everything received up to then is included. */
  readonly at: string;
  readonly lag_ms: number;
  /** The document asked for stands still, because one of its events could not be folded. */
  readonly blocked?: true;
};

/** The least current of a chain of slots: a read model and what it is derived from. */
export function asOfChain(
  chain: readonly Slot[],
  options: { readonly storeId: string; readonly clock: Clock; readonly key?: string },
): AsOf {
  let [position, lagMs, isBlocked] = [chain[0]?.progress.position() ?? -1n, 0, false];
  for (const slot of chain) {
    const reached = slot.progress.position();
    if (reached < position) position = reached;
    lagMs = Math.max(lagMs, slot.lagMs());
    if (options.key !== undefined && isKeyBlocked(slot, options.key)) isBlocked = true;
  }
  return {
    position: encodePosition(options.storeId, position),
    at: isoInstant(options.clock() - lagMs),
    lag_ms: lagMs,
    ...(isBlocked ? { blocked: true } : {}),
  };
}

/** A key is blocked by itself, or by the stream of the same name when one of its events cannot be read. */
function isKeyBlocked(slot: Slot, key: string): boolean {
  const live = slot.live();
  if (live === null || live.report().blocked === 0) return false;
  if (live.blockOf(key) !== undefined) return true;
  const slash = key.indexOf('/');
  const [workspace, id] = [key.slice(0, slash), key.slice(slash + 1)];
  return slot.entry.projection.categories.some(
    (category) => live.blockOf(streamKey(streamName(category, workspace, id))) !== undefined,
  );
}
