import type { RuleTime } from '../../domain/segment/local-day.js';
import type { RuleProfile } from '../../domain/segment/rule-profile.js';
import type { SegmentProgram } from './segment-programs.js';

/** What is asked of one customer at one time. */
export interface Asked {
  readonly profile: RuleProfile;
  readonly isMember: (segmentId: string) => boolean;
  readonly time: RuleTime;
}

/** What is to change for the customer: the segments to enter and to leave, and when each of those asked is to be asked again. */
export interface Decided {
  readonly moves: readonly { readonly segment: SegmentProgram; readonly in: boolean }[];
  /** In ms; null for never. */
  readonly dues: ReadonlyMap<string, number | null>;
}

/** Asks the rules of some segments about a customer. */
export function decideMembership(segments: Iterable<SegmentProgram>, { profile, isMember, time }: Asked): Decided {
  const moves: { segment: SegmentProgram; in: boolean }[] = [];
  const dues = new Map<string, number | null>();
  for (const segment of segments) {
    const { id, program } = segment;
    const isIn = program.matches(profile, time);
    if (isIn !== isMember(id)) moves.push({ segment, in: isIn });
    dues.set(id, program.hasWindows ? program.nextDue(profile, time) : null);
  }
  return { moves, dues };
}
