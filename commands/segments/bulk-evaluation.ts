import { plainBody } from '../../contracts/events/engine-event.js';
import type { RuleTime } from '../../domain/segment/local-day.js';
import { engineId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import { pause } from '../../runtime/retry.js';
import { coveredSoFar } from './covered-so-far.js';
import { type ChunkSubject, decideChunk, notAsked } from './decide-chunk.js';
import type { DueWorkOptions, MembershipTools } from './due-work.js';
import { createEvaluationStarts } from './evaluation-starts.js';
import { appendToSegment, chooseEvaluation, finishEvaluation, type NextEvaluation } from './evaluation-steps.js';
import { narrowed } from './narrowed.js';
import { programOf, type SegmentProgram } from './segment-programs.js';

/** Evaluates everyone, 1,000 customers at a time, in the order of their ids. */
export interface BulkEvaluation {
  /** One step, if there is any to take; answers whether there may be another one. */
  advance(tools: MembershipTools): Promise<'now' | 'idle'>;
}

/** Customers between two batches of live events. */
const CUSTOMERS_A_CHUNK = 1_000;
/** How far evaluating may be ahead of folding. */
const CHUNKS_AHEAD = 4;
const WAIT_FOR_FOLDING_MS = 1;

type ChunkRead = { readonly subjects: () => Promise<readonly ChunkSubject[]> };

/** How far an evaluation has come: the log knows it too, and is asked after a start. */
interface Walk {
  readonly id: string;
  readonly segment: SegmentProgram;
  readonly time: RuleTime;
  chunk: number;
  /** The last customer covered. */
  through: string | undefined;
  /** The last revision of the segment's stream. */
  revision: bigint;
  isAllCovered: boolean;
  /** The customers of the next chunk, read while the one before is stored and folded. */
  next: ChunkRead | null;
}

/** Evaluation of everyone; one segment at a time. */
export function createBulkEvaluation(options: DueWorkOptions): BulkEvaluation {
  const { flight } = options;
  const starts = createEvaluationStarts();
  const ended = new Set<string>();
  let walk: Walk | null = null;

  async function walkOf(tools: MembershipTools, { segment, evaluation }: NextEvaluation, program: SegmentProgram): Promise<Walk> {
    if (walk?.id === evaluation.id) return walk;
    const time = { instant: Date.parse(evaluation.at), zone: options.zoneOf(tools.shared, segment.workspace) };
    const covered = await coveredSoFar(tools, segment, evaluation.id);
    return { id: evaluation.id, segment: program, time, ...covered, isAllCovered: false, next: null };
  }

  async function evaluateChunk(tools: MembershipTools, workspace: string, going: Walk): Promise<void> {
    const subjects = await (going.next ?? readNext(tools, workspace, going)).subjects();
    going.next = null;
    const last = subjects.at(-1)?.key;
    going.isAllCovered = subjects.length < CUSTOMERS_A_CHUNK;
    if (last === undefined) return;
    const { segment, time } = going;
    const { entered, exited, states } = decideChunk({ subjects, segment, workspace, time, flight });
    // What falls due is remembered first: the chunk in the log says that all of it was done.
    await tools.save(states);
    const chunk = going.chunk + 1;
    const through = last.slice(workspace.length + 1);
    const position = tools.position.toString();
    const appending = appendToSegment(
      tools,
      { workspace, id: segment.id, after: going.revision },
      {
        id: engineId('segment.evaluated', going.id, String(chunk)),
        type: 'segment.evaluated',
        data: plainBody('segment.evaluated', { evaluation_id: going.id, chunk, through, entered, exited, position }),
        at: isoInstant(Math.max(tools.now, time.instant)),
      },
    );
    going.through = through;
    if (!going.isAllCovered) going.next = readNext(tools, workspace, going);
    const stored = await appending;
    Object.assign(going, { chunk, revision: stored.revision });
    const place = { position: stored.position, decided: tools.position };
    flight.add({
      workspace,
      segmentId: segment.id,
      evaluationId: going.id,
      ...place,
      entered: new Set(entered),
      exited: new Set(exited),
    });
  }

  async function step(tools: MembershipTools, next: NextEvaluation): Promise<void> {
    const { segment, evaluation } = next;
    const { workspace, id, revision } = segment;
    const program = programOf(segment);
    if (next.obstacle !== null || 'code' in program) {
      const obstacle = next.obstacle ?? {
        error: 'This version of the engine cannot read the rule.',
        error_code: unreadable(program),
      };
      await finishEvaluation(tools, segment, { id: evaluation.id, obstacle });
      ended.add(evaluation.id);
      return;
    }
    const going = await walkOf(tools, next, { id, revision, program });
    // Forgotten while it is used: after a failure the log is asked how far it has come.
    walk = null;
    if (flight.count() >= CHUNKS_AHEAD || (going.isAllCovered && flight.count(going.id) > 0)) await pause(WAIT_FOR_FOLDING_MS);
    else if (going.isAllCovered) {
      await finishEvaluation(tools, segment, { id: evaluation.id, after: going.revision });
      ended.add(evaluation.id);
      return;
    } else await evaluateChunk(tools, workspace, going);
    walk = going;
  }

  return {
    async advance(tools) {
      flight.forgetUntil(tools.position);
      await starts.append(tools);
      const next = chooseEvaluation(tools, ended);
      if (next === null) return 'idle';
      await step(tools, next);
      return 'now';
    },
  };
}

function unreadable(program: object): string {
  return 'code' in program && typeof program.code === 'string' ? program.code : 'internal';
}

function readNext(tools: MembershipTools, workspace: string, going: Walk): ChunkRead {
  const { segment, time, through } = going;
  return tools.readAhead({
    idPrefix: `${workspace}/`,
    ...narrowed(segment.program, time, segment.id),
    ...(through === undefined ? {} : { afterId: `${workspace}/${through}` }),
    limit: CUSTOMERS_A_CHUNK,
    without: notAsked,
  });
}
