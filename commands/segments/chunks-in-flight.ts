import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';
import { type ChunkPlace, isBehind, isMember, type MembershipState } from './membership-state.js';

/** A chunk that is in the log and may not be folded yet. */
export interface Chunk extends ChunkPlace {
  readonly workspace: string;
  readonly segmentId: string;
  readonly evaluationId: string;
  readonly entered: ReadonlySet<string>;
  readonly exited: ReadonlySet<string>;
}

/**
 * The chunks that are in the log and not folded: who looks at a customer before takes them into account. A process that starts finds them
 * in the log, so that an event in front of a chunk leads to nothing that the chunk has said already.
 */
export interface ChunksInFlight {
  /** Nothing happens when it is there already. */
  add(chunk: Chunk): void;
  /** Everything up to the position is folded. */
  forgetUntil(position: bigint): void;
  /** How many there are; of one evaluation, if it is named. */
  count(evaluationId?: string): number;
  /** Whether the customer is in the segment as the log has it. */
  isMember(
    segmentId: string,
    customer: {
      readonly workspace: string;
      readonly id: string;
      readonly state: MembershipState;
      readonly profile: Pick<ProfileDocument, 'segments'> | null;
      /** The position of the event that is decided about, of which chunks that were decided behind it say nothing; absent: what is folded. */
      readonly position?: bigint;
    },
  ): boolean;
}

/** No chunk in flight. */
export function createChunksInFlight(): ChunksInFlight {
  let chunks: readonly Chunk[] = [];
  return {
    add(chunk) {
      if (chunks.every(({ position }) => position !== chunk.position)) chunks = [...chunks, chunk];
    },
    forgetUntil(position) {
      if (chunks.length > 0) chunks = chunks.filter((chunk) => chunk.position > position);
    },
    count: (evaluationId) => chunks.filter((chunk) => evaluationId === undefined || chunk.evaluationId === evaluationId).length,
    isMember(segmentId, { workspace, id, state, profile, position }) {
      // Of several chunks about a customer the newest counts, and of chunk and saying the one that stands behind the other in the log.
      const chunk = chunks.findLast(
        (candidate) =>
          candidate.segmentId === segmentId &&
          candidate.workspace === workspace &&
          (position === undefined || candidate.decided < position) &&
          (candidate.entered.has(id) || candidate.exited.has(id)),
      );
      const said = ownValue(state.said, segmentId);
      if (chunk === undefined || (said !== undefined && isBehind(said, chunk))) return isMember(segmentId, state, profile);
      return chunk.entered.has(id);
    },
  };
}
