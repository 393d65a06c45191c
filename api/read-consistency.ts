import type { AsOf } from './queries/consistency.js';

/** What a read's query asks of the read model. */
export interface ConsistencyAsked {
  readonly min_position?: string | undefined;
  readonly wait_ms: number;
}

/**
 * Lets a read wait for its own writes and say how current it is. `model` names a projection; `key` a document whose blocks are reported.
 * Errors: `projection_behind` after `wait_ms`, `position_unknown` for a position of another store.
 */
export interface ReadConsistency {
  of(model: string, asked: ConsistencyAsked, key?: string): Promise<AsOf>;
}
