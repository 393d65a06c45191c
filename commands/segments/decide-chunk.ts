import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import type { RuleTime } from '../../domain/segment/local-day.js';
import type { Subject } from '../../runtime/reactor.js';
import type { ChunksInFlight } from './chunks-in-flight.js';
import { decideMembership } from './decide-membership.js';
import { type MembershipState, withChanges } from './membership-state.js';
import type { SegmentProgram } from './segment-programs.js';

/** The parts of profiles that are large and that no rule looks at. */
export const notAsked = ['consent', 'direct', 'identifiers', 'set_at'] as const;

/** A customer with as much of the profile as rules look at. */
export type ChunkSubject = Subject<Omit<ProfileDocument, (typeof notAsked)[number]>, MembershipState>;

/** The customers of one chunk, and what is asked of them. */
export interface ChunkAsked {
  readonly subjects: readonly ChunkSubject[];
  readonly segment: SegmentProgram;
  readonly workspace: string;
  /** Windows are counted from here, or from the customer's last decision if that is later. */
  readonly time: RuleTime;
  readonly flight: ChunksInFlight;
}

/** Who comes in, who goes out, and whose memory is to be changed. */
export interface ChunkDecided {
  readonly entered: string[];
  readonly exited: string[];
  readonly states: readonly { readonly subject: ChunkSubject; readonly state: MembershipState }[];
}

/** Decides about one segment for a chunk of customers. */
export function decideChunk(asked: ChunkAsked): ChunkDecided {
  const { segment, workspace, time, flight } = asked;
  const entered: string[] = [];
  const exited: string[] = [];
  const states: { subject: ChunkSubject; state: MembershipState }[] = [];
  for (const subject of asked.subjects) {
    const { state, document: profile } = subject;
    if (profile === null) continue;
    const id = profile.customer_id;
    // One who waits for a person is asked again after that.
    const { moves, dues } = subject.blocked
      ? { moves: [], dues: new Map([[segment.id, time.instant]]) }
      : decideMembership([segment], {
          profile,
          isMember: (segmentId) => flight.isMember(segmentId, { workspace, id, state, profile }),
          time: { ...time, instant: Math.max(time.instant, Date.parse(state.at)) },
        });
    for (const move of moves) (move.in ? entered : exited).push(id);
    const next = withChanges(state, { at: state.at, dues });
    if (next !== state) states.push({ subject, state: next });
  }
  return { entered, exited, states };
}
