import { isEngineError } from '../../contracts/errors.js';
import type { JsonObject } from '../../contracts/json.js';
import type { Mention } from '../../domain/segment/mentions.js';
import { parseRule } from '../../domain/segment/parse-rule.js';
import { compileRule, type RuleProgram } from '../../domain/segment/rule-program.js';
import type { SharedSegment, SharedSegments } from './shared-segments.js';

/** A segment in force with its rule, ready to be asked. */
export interface SegmentProgram {
  readonly id: string;
  readonly revision: number;
  readonly program: RuleProgram;
}

/** The segments in force of one workspace. */
export interface WorkspacePrograms {
  readonly all: ReadonlyMap<string, SegmentProgram>;
  /** Those that look at any of what was touched. */
  touchedBy(touched: ReadonlySet<Mention> | 'everything'): Iterable<SegmentProgram>;
}

const compiled = new WeakMap<JsonObject, RuleProgram | { readonly code: string }>();
const byShared = new WeakMap<SharedSegments['segments'], ReadonlyMap<string, WorkspacePrograms>>();
const nobody: WorkspacePrograms = { all: new Map(), touchedBy: () => [] };

/** The segments of the workspace that are in force where the log has come to. */
export function programsOf(shared: SharedSegments, workspace: string): WorkspacePrograms {
  const known = byShared.get(shared.segments) ?? indexOf(shared.segments);
  byShared.set(shared.segments, known);
  return known.get(workspace) ?? nobody;
}

/** The segment's rule, compiled once; the code of what is wrong with it when today's code cannot read it. */
export function programOf(segment: Pick<SharedSegment, 'rule'>): RuleProgram | { readonly code: string } {
  const known = compiled.get(segment.rule) ?? compile(segment.rule);
  compiled.set(segment.rule, known);
  return known;
}

function compile(rule: JsonObject): RuleProgram | { readonly code: string } {
  try {
    // Values of identifiers were hashed when the rule was saved.
    return compileRule(parseRule(rule, { hashOf: () => null }));
  } catch (error) {
    if (isEngineError(error)) return { code: error.code };
    throw error;
  }
}

function indexOf(segments: SharedSegments['segments']): ReadonlyMap<string, WorkspacePrograms> {
  const byWorkspace = new Map<string, Map<string, SegmentProgram>>();
  for (const segment of Object.values(segments)) {
    const program = programOf(segment);
    if (segment.archived === true || 'code' in program) continue;
    const { workspace, id, revision } = segment;
    const known = byWorkspace.get(workspace) ?? new Map<string, SegmentProgram>();
    byWorkspace.set(workspace, known.set(id, { id, revision, program }));
  }
  return new Map([...byWorkspace].map(([workspace, all]) => [workspace, workspacePrograms(all)]));
}

function workspacePrograms(all: ReadonlyMap<string, SegmentProgram>): WorkspacePrograms {
  const byMention = new Map<Mention, SegmentProgram[]>();
  for (const segment of all.values()) {
    for (const mention of segment.program.mentions) byMention.set(mention, [...(byMention.get(mention) ?? []), segment]);
  }
  return {
    all,
    touchedBy(touched) {
      if (touched === 'everything') return all.values();
      const found = new Set<SegmentProgram>();
      for (const mention of touched) for (const segment of byMention.get(mention) ?? []) found.add(segment);
      return found;
    },
  };
}
