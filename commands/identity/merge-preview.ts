import type { ProfileDocument, ProfileLink } from '../../contracts/read-models/profile.js';
import type { Segments } from '../../contracts/read-models/segments.port.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import type { PlannedLink } from '../../domain/identity/merge-plan.js';
import { combineAll, membersOf } from '../../domain/identity/person.js';
import { personDifference, type PersonDifference } from '../../domain/identity/person-difference.js';
import { ownValue } from '../../domain/own-value.js';
import type { Clock } from '../../runtime/clock.js';
import { programOf } from '../segments/segment-programs.js';

/** How one person before becomes one person after; several of one person before where it is parted. */
export interface PersonChange extends PersonDifference {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly segments: { readonly entered: readonly string[]; readonly left: readonly string[] };
}

/** Who would be one person, and what would be different about them. */
export interface MergePreview {
  readonly changes: readonly PersonChange[];
}

export interface MergePreviewDeps {
  readonly segments: Pick<Segments, 'list'>;
  readonly workspaces: Workspaces;
  readonly fallbackZone: string;
  readonly clock: Clock;
}

type Known = ReadonlyMap<string, ProfileDocument>;
type Rules = readonly { readonly id: string; readonly holds: (profile: ProfileDocument) => boolean }[];

const SEGMENTS_A_PAGE = 1_000;

/** Previews of links that begin or end. */
export function createMergePreviews(deps: MergePreviewDeps) {
  async function rulesOf(workspace: string): Promise<Rules> {
    const zone = (await deps.workspaces.settingsOf(workspace))?.time_zone ?? deps.fallbackZone;
    const time = { instant: deps.clock(), zone };
    const rules: { readonly id: string; readonly holds: (profile: ProfileDocument) => boolean }[] = [];
    for (let after: string | undefined; ;) {
      const page = await deps.segments.list(workspace, { limit: SEGMENTS_A_PAGE, ...(after === undefined ? {} : { after }) });
      for (const { segment_id: id, rule, state } of page.segments) {
        const program = programOf({ rule });
        if (state === 'archived' || 'code' in program) continue;
        rules.push({ id, holds: (profile) => program.matches(profile, time) });
      }
      if (page.next === null) return rules;
      after = page.next;
    }
  }
  return {
    async of(
      workspace: string,
      known: Known,
      links: { readonly begins: readonly PlannedLink[]; readonly ends: readonly PlannedLink[] },
    ): Promise<MergePreview> {
      const rules = await rulesOf(workspace);
      const after = withLinks(known, links);
      const changes = new Map<string, PersonChange>();
      for (const id of known.keys()) {
        const [from, to] = [membersOf(known, id), membersOf(after, id)];
        if (from.join() !== to.join()) changes.set(`${from.join()}>${to.join()}`, changeOf(known, { from, to, rules }));
      }
      return { changes: [...changes.values()] };
    },
  };
}

function changeOf(
  known: Known,
  { from, to, rules }: { readonly from: readonly string[]; readonly to: readonly string[]; readonly rules: Rules },
): PersonChange {
  const [before, after] = [personOf(known, from), personOf(known, to)];
  if (before === null || after === null)
    return { from, to, fields: [], events: [], consent: [], segments: { entered: [], left: [] } };
  const moved = rules.filter(({ holds }) => holds(before) !== holds(after));
  return {
    from,
    to,
    ...personDifference(before, after),
    segments: {
      entered: moved.filter(({ holds }) => holds(after)).map(({ id }) => id),
      left: moved.filter(({ holds }) => holds(before)).map(({ id }) => id),
    },
  };
}

function personOf(known: Known, ids: readonly string[]): ProfileDocument | null {
  return combineAll(ids.flatMap((id) => known.get(id) ?? []));
}

function withLinks(
  known: Known,
  { begins, ends }: { readonly begins: readonly PlannedLink[]; readonly ends: readonly PlannedLink[] },
): Known {
  const after = new Map(known);
  const set = (id: string, other: string, link: ProfileLink | undefined): void => {
    const profile = after.get(id);
    if (profile === undefined) return;
    const { [other]: _before, ...others } = profile.links ?? {};
    after.set(id, { ...profile, links: link === undefined ? others : { ...others, [other]: link } });
  };
  for (const { one, other } of ends) {
    set(one, other, undefined);
    set(other, one, undefined);
  }
  for (const { one, other } of begins) {
    const link = { ...ownValue(after.get(one)?.links ?? {}, other), manual: 'now' };
    set(one, other, link);
    set(other, one, link);
  }
  return after;
}
