import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';
import { type ChunkPlace, isBehind, isMember, type MembershipState } from './membership-state.js';

/** A chunk that is in the log and may not be folded yet. */
export interface Chunk extends ChunkPlace {
  readonly workspace: string;
  readonly segmentId: string;
  readonly number: number;
  readonly entered: ReadonlySet<string>;
  readonly exited: ReadonlySet<string>;
}

/**
 * The chunk that this process appended last: who looks at a customer before the chunk is folded takes it into account. A process that dies
 * forgets it; what is decided without it is put right when the chunk is folded.
 */
export interface ChunkInFlight {
  current(): Chunk | null;
  set(chunk: Chunk | null): void;
  /** Whether the customer is in the segment as the log has it. */
  isMember(
    segmentId: string,
    customer: {
      readonly workspace: string;
      readonly id: string;
      readonly state: MembershipState;
      readonly profile: ProfileDocument | null;
    },
  ): boolean;
}

/** No chunk in flight. */
export function createChunkInFlight(): ChunkInFlight {
  let chunk: Chunk | null = null;
  return {
    current: () => chunk,
    set(next) {
      chunk = next;
    },
    isMember(segmentId, { workspace, id, state, profile }) {
      const isCovered = chunk?.segmentId === segmentId && chunk.workspace === workspace;
      if (isCovered && (chunk?.entered.has(id) === true || chunk?.exited.has(id) === true)) {
        const said = ownValue(state.said, segmentId);
        if (said === undefined || !isBehind(said, chunk)) return chunk.entered.has(id);
      }
      return isMember(segmentId, state, profile);
    },
  };
}
