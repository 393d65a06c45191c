import type { Position } from '../../contracts/events/event.js';
import type { Filter } from '../../contracts/filter.js';
import type { Member, MemberProfile, Members, MemberWalk } from '../../contracts/read-models/members.port.js';
import { profileId } from '../../contracts/read-models/profile.js';
import { ownValue } from '../../domain/own-value.js';
import type { ReadSource } from '../read-source.js';

/** The profiles, and how to wait for them. */
export interface MembersSource extends ReadSource {
  /** Resolves when the profiles include the position and what their reactor made of it. */
  readonly waitFor: (position: Position, waitMs: number) => Promise<void>;
}

const WAIT_MS = 2_000;
/** What no walk asks for. */
const LEFT_OUT = ['events', 'identifiers'];

/** Reads members where their membership is kept: a document for each member beside the profiles would double what a saved rule writes. */
export function createMembers(source: MembersSource): Members {
  async function walkProfiles(workspace: string, segmentId: string, { afterId, limit }: MemberWalk) {
    const behind = afterId === undefined ? {} : { afterId: profileId(workspace, afterId) };
    const asked = { ...selection(workspace, segmentId), ...behind, limit, without: LEFT_OUT };
    const page = await source.documents.find(source.collection(), asked);
    // Only the profiles projection writes this collection.
    const profiles = page.documents.map(({ body }) => body as MemberProfile);
    return { profiles, next: page.nextCursor === null ? null : (profiles.at(-1)?.customer_id ?? null) };
  }
  return {
    walkProfiles,
    async walk(workspace, segmentId, walk) {
      const { profiles, next } = await walkProfiles(workspace, segmentId, walk);
      return { members: profiles.flatMap((profile) => memberOf(profile, segmentId) ?? []), next };
    },
    count: (workspace, segmentId) => source.documents.count(source.collection(), selection(workspace, segmentId)),
    waitFor: (position, waitMs = WAIT_MS) => source.waitFor(position, waitMs),
  };
}

function selection(workspace: string, segmentId: string): { readonly idPrefix: string; readonly filter: Filter } {
  return { idPrefix: profileId(workspace, ''), filter: { kind: 'exists', path: ['segments', segmentId] } };
}

/** The customer as a member of the segment; null for one who is not in it. */
export function memberOf(profile: MemberProfile, segmentId: string): Member | null {
  const membership = ownValue(profile.segments, segmentId);
  return membership === undefined ? null : { customer_id: profile.customer_id, ...membership };
}
