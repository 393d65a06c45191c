import type { Position } from '../events/event.js';
import type { ProfileDocument } from './profile.js';

/** A walk through the members of a segment in the order of their customer ids: those behind `afterId`, at most `limit` (1 to 10,000). */
export interface MemberWalk {
  readonly afterId?: string;
  readonly limit: number;
}

/** Since when a customer is in the segment, and by which revision of its rule. */
export interface Member {
  readonly customer_id: string;
  readonly entered_at: string;
  readonly revision?: number;
}

/** `next` is the `afterId` of the next page, null on the last. */
export interface MemberPage {
  readonly members: readonly Member[];
  readonly next: string | null;
}

/** A member's profile without what it counts and how it was found: those can be many times the rest. */
export type MemberProfile = Omit<ProfileDocument, 'events' | 'identifiers'>;

/** As MemberPage, with the profiles. */
export interface MemberProfilePage {
  readonly profiles: readonly MemberProfile[];
  readonly next: string | null;
}

/**
 * Who is in a segment: the fold of `segment.evaluated` and of the live transitions, kept in the profiles themselves. Members of an archived
 * segment are those it had when it was archived. A walk sees each customer at most once, and sees everyone who is a member from its first
 * page to its last. Errors: those of the document store.
 */
export interface Members {
  walk(workspace: string, segmentId: string, walk: MemberWalk): Promise<MemberPage>;
  /** The same walk for those who need the profiles too: nothing is read twice. */
  walkProfiles(workspace: string, segmentId: string, walk: MemberWalk): Promise<MemberProfilePage>;
  count(workspace: string, segmentId: string): Promise<number>;
  /** Resolves when the log up to the position, and the transitions that it led to, are included; `projection_behind` after `waitMs` (default 2,000). */
  waitFor(position: Position, waitMs?: number): Promise<void>;
}
