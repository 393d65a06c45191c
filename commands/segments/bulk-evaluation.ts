import { plainBody } from '../../contracts/events/engine-event.js';
import type { Filter } from '../../contracts/filter.js';
import type { ProfileDocument } from '../../contracts/read-models/profile.js';
import { dayWindow, localDay, type RuleTime } from '../../domain/segment/local-day.js';
import { windowRules } from '../../domain/segment/next-due.js';
import type { RuleProgram } from '../../domain/segment/rule-program.js';
import { engineId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import type { Subject } from '../../runtime/reactor.js';
import type { ChunkInFlight } from './chunk-in-flight.js';
import { decideMembership } from './decide-membership.js';
import type { DueWorkOptions, MembershipTools } from './due-work.js';
import { appendToSegment, chooseEvaluation, finishEvaluation, startWanted } from './evaluation-steps.js';
import { type MembershipState, withChanges } from './membership-state.js';
import { programOf, type SegmentProgram } from './segment-programs.js';
import type { RunningEvaluation, SharedSegment } from './shared-segments.js';

/** Evaluates everyone, 1,000 customers at a time, in the order of their ids. */
export interface BulkEvaluation {
  /** One step, if there is any to take; what it appends is folded before the next one, which the fold then asks for. */
  advance(tools: MembershipTools): Promise<void>;
}

/** Customers between two batches of live events. */
const CUSTOMERS_A_CHUNK = 1_000;

/** Evaluation of everyone; how far it has come is in the log, and from there in what decisions share. */
export function createBulkEvaluation(options: DueWorkOptions): BulkEvaluation {
  const { flight } = options;
  /** The evaluation whose last chunk is in the log: that nobody comes behind it needs no second look. */
  let allCovered: string | null = null;

  async function evaluateChunk(
    tools: MembershipTools,
    segment: SharedSegment,
    evaluation: RunningEvaluation,
    program: RuleProgram,
  ): Promise<void> {
    const { workspace, id } = segment;
    const time = { instant: Date.parse(evaluation.at), zone: options.zoneOf(tools.shared, workspace) };
    const page = await tools.findDocuments({
      idPrefix: `${workspace}/`,
      ...narrowed(program, time, id),
      ...(evaluation.through === undefined ? {} : { afterId: `${workspace}/${evaluation.through}` }),
      limit: CUSTOMERS_A_CHUNK,
    });
    const last = page.entries.at(-1);
    if (last === undefined) return finishEvaluation(tools, segment, evaluation);
    const through = last.key.slice(workspace.length + 1);
    const chunk = await decideChunk(tools, {
      keys: page.entries.map(({ key }) => key),
      segment: { id, revision: segment.revision, program },
      workspace,
      time,
      flight,
    });
    // What falls due is remembered first: the chunk in the log says that all of it was done.
    await tools.save(chunk.states);
    const number = evaluation.chunk + 1;
    const { entered, exited } = chunk;
    const body = { evaluation_id: evaluation.id, chunk: number, through, entered, exited, position: tools.position.toString() };
    const stored = await appendToSegment(tools, segment, {
      id: engineId('segment.evaluated', evaluation.id, String(number)),
      type: 'segment.evaluated',
      data: plainBody('segment.evaluated', body),
      at: isoInstant(Math.max(tools.now, time.instant)),
    });
    flight.set({
      workspace,
      segmentId: id,
      number,
      position: stored,
      decided: tools.position,
      entered: new Set(entered),
      exited: new Set(exited),
    });
    if (page.nextCursor === null) allCovered = evaluation.id;
  }

  return {
    async advance(tools) {
      if (!isFolded(flight, tools)) return;
      flight.set(null);
      await startWanted(tools);
      const next = chooseEvaluation(tools);
      if (next === null) return;
      const { segment, evaluation, obstacle } = next;
      const program = programOf(segment);
      if (obstacle !== null) await finishEvaluation(tools, segment, evaluation, obstacle);
      else if ('code' in program) await finishEvaluation(tools, segment, evaluation, unreadable(program.code));
      else if (allCovered === evaluation.id) await finishEvaluation(tools, segment, evaluation);
      else await evaluateChunk(tools, segment, evaluation, program);
    },
  };
}

function unreadable(code: string): { readonly error: string; readonly error_code: string } {
  return { error: 'The rule cannot be read by this version of the engine.', error_code: code };
}

function isFolded(flight: ChunkInFlight, tools: MembershipTools): boolean {
  const chunk = flight.current();
  return chunk === null || tools.position >= chunk.position;
}

interface ChunkAsked {
  readonly keys: readonly string[];
  readonly segment: SegmentProgram;
  readonly workspace: string;
  readonly time: RuleTime;
  readonly flight: ChunkInFlight;
}

async function decideChunk(tools: MembershipTools, { keys, segment, workspace, time, flight }: ChunkAsked) {
  const entered: string[] = [];
  const exited: string[] = [];
  const states: { subject: Subject<ProfileDocument, MembershipState>; state: MembershipState }[] = [];
  for (const subject of (await tools.load(keys)).values()) {
    const { state, document: profile } = subject;
    if (profile === null) continue;
    const id = profile.customer_id;
    if (subject.blocked) {
      // Asked again when a person has let the customer go on.
      states.push({ subject, state: withChanges(state, { at: state.at, dues: new Map([[segment.id, time.instant]]) }) });
      continue;
    }
    const instant = Math.max(time.instant, Date.parse(state.at));
    const { moves, dues } = decideMembership([segment], {
      profile,
      isMember: (segmentId) => flight.isMember(segmentId, { workspace, id, state, profile }),
      time: { ...time, instant },
    });
    for (const move of moves) (move.in ? entered : exited).push(id);
    const next = withChanges(state, { at: state.at, dues });
    if (next !== state) states.push({ subject, state: next });
  }
  return { entered, exited, states };
}

/** Everyone who may be in, is in, or may come in or fall out as days go by: all others are covered by not being found. */
function narrowed(program: RuleProgram, time: RuleTime, segmentId: string): { readonly filter?: Filter } {
  const today = localDay(time);
  const filters: readonly Filter[] = [
    program.filterAt(time),
    { kind: 'exists', path: ['segments', segmentId] },
    ...windowRules(program.rule).map(({ event, within_days }): Filter => ({
      kind: 'range',
      path: ['events', event, 'last'],
      gte: dayWindow(today, within_days).from,
    })),
  ];
  return filters.some(({ kind }) => kind === 'all') ? {} : { filter: { kind: 'or', filters } };
}
