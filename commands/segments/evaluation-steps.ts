import { plainBody } from '../../contracts/events/engine-event.js';
import type { StoredBody } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import { engineEvent } from '../engine-event.js';
import type { MembershipTools } from './due-work.js';
import type { RunningEvaluation, SharedSegment } from './shared-segments.js';
import { ENGINE_ACTOR } from './transition-events.js';

/** Why an evaluation ends early. */
export interface Obstacle {
  readonly error: string;
  readonly error_code: string;
}

/** An evaluation to go on with, or to end early. */
export interface NextEvaluation {
  readonly segment: SharedSegment;
  readonly evaluation: RunningEvaluation;
  readonly obstacle: Obstacle | null;
}

/** The stream of a segment behind a revision. */
export interface SegmentPlace {
  readonly workspace: string;
  readonly id: string;
  /** What is not known of the stream stands behind it. */
  readonly after: bigint;
}

const ASKED_FOR: ReadonlySet<string> = new Set(['saved', 'recompute']);

/** Appends an event to the segment's stream, once; answers where it stands. */
export async function appendToSegment(
  tools: MembershipTools,
  { workspace, id, after }: SegmentPlace,
  event: { readonly id: string; readonly type: string; readonly data: StoredBody; readonly at: string },
): Promise<{ readonly revision: bigint; readonly position: bigint }> {
  const made = engineEvent({ ...event, workspace, actor: ENGINE_ACTOR });
  const [stored] = await tools.append(streamName('segment', workspace, id), after, [made]);
  return stored ?? { revision: after, position: tools.position };
}

/** The evaluation to go on with: those that cannot go on are ended first, then what people wait for, then the oldest. */
export function chooseEvaluation(tools: MembershipTools, ended: ReadonlySet<string>): NextEvaluation | null {
  let next: NextEvaluation | null = null;
  for (const segment of Object.values(tools.shared.segments)) {
    for (const evaluation of segment.running) {
      if (ended.has(evaluation.id)) continue;
      const found = { segment, evaluation, obstacle: obstacleTo(segment, evaluation, tools) };
      if (next === null || compare(found, next) < 0) next = found;
    }
  }
  return next;
}

function compare(one: NextEvaluation, other: NextEvaluation): number {
  return rank(one) - rank(other) || Number(BigInt(one.evaluation.started) - BigInt(other.evaluation.started));
}

function rank({ obstacle, evaluation }: NextEvaluation): number {
  if (obstacle !== null) return 0;
  return ASKED_FOR.has(evaluation.cause) ? 1 : 2;
}

function obstacleTo(segment: SharedSegment, evaluation: RunningEvaluation, { switched }: MembershipTools): Obstacle | null {
  if (segment.archived === true) return { error: 'The segment was archived.', error_code: 'segment_archived' };
  const isOfBefore = switched !== null && BigInt(evaluation.started) <= switched.position;
  const isLast = evaluation === segment.running.at(-1);
  if (evaluation.revision === segment.revision && isLast && !isOfBefore) return null;
  return { error: 'Another evaluation takes its place.', error_code: 'cancelled' };
}

/** Says in the log that the evaluation has ended, and how many are in the segment. */
export async function finishEvaluation(
  tools: MembershipTools,
  segment: SharedSegment,
  ending: { readonly id: string; readonly obstacle?: Obstacle; readonly after?: bigint },
): Promise<void> {
  const { workspace, id } = segment;
  const { id: evaluationId, obstacle, after = BigInt(segment.stream_revision) } = ending;
  const filter = { kind: 'exists', path: ['segments', id] } as const;
  const members = await tools.countDocuments({ idPrefix: `${workspace}/`, filter });
  await appendToSegment(
    tools,
    { workspace, id, after },
    {
      id: engineId('segment.evaluation_finished', evaluationId),
      type: 'segment.evaluation_finished',
      data: plainBody('segment.evaluation_finished', { evaluation_id: evaluationId, members, ...obstacle }),
      at: isoInstant(tools.now),
    },
  );
}
