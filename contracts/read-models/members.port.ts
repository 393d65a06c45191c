import type { Position } from '../events/event.js';

/** The members of segments. Errors: those of the document store. */
export interface Members {
  /** Customer ids in order (by code point), those behind `afterId`; fewer than `limit` only at the end. */
  walk(
    workspace: string,
    segmentId: string,
    page: { readonly afterId?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  /** Resolves when the members include everything up to the position, and what its evaluation led to; `projection_behind` when that takes too long. */
  waitFor(position: Position): Promise<void>;
}
