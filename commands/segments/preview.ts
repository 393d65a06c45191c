import type { Filter } from '../../contracts/filter.js';
import type { Profiles } from '../../contracts/read-models/profiles.port.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import { compileFilter } from '../../domain/segment/compile-filter.js';
import { localDay, type RuleTime } from '../../domain/segment/local-day.js';
import { flattenRule } from '../../domain/segment/rule.js';
import { parseRule } from '../../domain/segment/parse-rule.js';
import { compileRule, type RulePartResult, type RuleProgram } from '../../domain/segment/rule-program.js';
import type { Clock } from '../../runtime/clock.js';
import type { RuleHashes } from './rule-hashes.js';

/** What a rule would select now; `exact` is false when there were more customers than a preview looks at. */
export interface SegmentPreview {
  readonly count: number;
  readonly exact: boolean;
  /** At most ten customers, in id order. */
  readonly sample: readonly string[];
  /** For each part of the rule, groups first, how many customers it holds for. */
  readonly per_rule: readonly { readonly pointer: string; readonly count: number }[];
}

/** Which parts of a rule hold for one customer. */
export interface SegmentExplanation {
  readonly matches: boolean;
  readonly parts: readonly RulePartResult[];
}

/** Rules without saving them. Errors: those of the rule with pointers from `/rule`. */
export interface SegmentPreviews {
  preview(workspace: string, rule: unknown): Promise<SegmentPreview>;
  /** null for a customer who does not exist. */
  explain(workspace: string, rule: unknown, customerId: string): Promise<SegmentExplanation | null>;
}

export interface SegmentPreviewsDeps {
  readonly profiles: Profiles;
  readonly workspaces: Workspaces;
  readonly hashes: RuleHashes;
  readonly fallbackZone: string;
  readonly clock: Clock;
}

const PAGE = 1_000;
const LOOKED_AT_MOST = 200_000;
const SAMPLE = 10;

/** Previews that look at everyone for whom a part of the rule may hold, once, a page at a time. */
export function createSegmentPreviews(deps: SegmentPreviewsDeps): SegmentPreviews {
  const programOf = async (workspace: string, rule: unknown): Promise<RuleProgram> =>
    compileRule(parseRule(rule, { hashOf: await deps.hashes(workspace), pointer: '/rule' }));
  const timeIn = async (workspace: string): Promise<RuleTime> => ({
    instant: deps.clock(),
    zone: (await deps.workspaces.settingsOf(workspace))?.time_zone ?? deps.fallbackZone,
  });

  return {
    async preview(workspace, rule) {
      const [program, time] = [await programOf(workspace, rule), await timeIn(workspace)];
      const tally = createTally(program, time);
      let after: string | undefined;
      const narrowing = anyPart(program, time);
      for (let seen = 0; seen < LOOKED_AT_MOST; seen += PAGE) {
        const walk = { ...narrowing, ...(after === undefined ? {} : { after }) };
        const page = await deps.profiles.page(workspace, { ...walk, limit: PAGE });
        for (const profile of page.profiles) tally.add(profile);
        if (page.next === null) return { ...tally.result(), exact: true };
        after = page.next;
      }
      return { ...tally.result(), exact: false };
    },
    async explain(workspace, rule, customerId) {
      const [program, time] = [await programOf(workspace, rule), await timeIn(workspace)];
      const profile = await deps.profiles.get(workspace, customerId);
      if (profile === null) return null;
      return { matches: program.matches(profile, time), parts: program.explain(profile, time) };
    },
  };
}

/** Passes every profile for which any part of the rule holds; nobody else counts for anything. */
function anyPart({ rule }: RuleProgram, time: RuleTime): { readonly filter?: Filter } {
  const today = localDay(time);
  const filters = flattenRule(rule).map((part) => compileFilter(part, today));
  return filters.some(({ kind }) => kind === 'all') ? {} : { filter: { kind: 'or', filters } };
}

function createTally(program: RuleProgram, time: RuleTime) {
  const matches = program.predicateAt(time);
  const counts = new Map<string, number>();
  const sample: string[] = [];
  let count = 0;
  return {
    add(profile: ProfileDocument): void {
      for (const { pointer, holds } of program.explain(profile, time))
        counts.set(pointer, (counts.get(pointer) ?? 0) + (holds ? 1 : 0));
      if (!matches(profile)) return;
      count += 1;
      if (sample.length < SAMPLE) sample.push(profile.customer_id);
    },
    result: (): Omit<SegmentPreview, 'exact'> => ({
      count,
      sample,
      per_rule: [...counts].map(([pointer, holding]) => ({ pointer, count: holding })),
    }),
  };
}
