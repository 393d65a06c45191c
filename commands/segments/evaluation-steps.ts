import { plainBody } from '../../contracts/events/engine-event.js';
import type { NewEvent, StoredBody } from '../../contracts/events/event.js';
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

/** Starts in one slice, so that live events do not wait for many. */
const STARTS_AT_ONCE = 50;
const ASKED_FOR: ReadonlySet<string> = new Set(['saved', 'recompute']);

/** Appends an event to the segment's stream, once; answers where it stands. */
export async function appendToSegment(
  tools: MembershipTools,
  segment: SharedSegment,
  event: { readonly id: string; readonly type: string; readonly data: StoredBody; readonly at: string },
): Promise<bigint> {
  const { workspace, id } = segment;
  const made: NewEvent = engineEvent({ ...event, workspace, actor: ENGINE_ACTOR });
  // What this process does not know of stands behind what is folded.
  const [stored] = await tools.append(streamName('segment', workspace, id), BigInt(segment.stream_revision), [made]);
  return stored?.position ?? tools.position;
}

/** Says in the log that evaluations begin: decisions made before it are then folded before the first customer is asked. */
export async function startWanted(tools: MembershipTools): Promise<void> {
  const wanted = Object.values(tools.shared.segments).flatMap((segment) => {
    const cause = segment.running.length > 0 ? undefined : causeOf(segment, tools);
    return cause === undefined ? [] : [{ segment, cause }];
  });
  for (const { segment, cause } of wanted.slice(0, STARTS_AT_ONCE)) {
    const { workspace, id, revision, stream_revision: after } = segment;
    const made = [workspace, id, String(revision), cause, after];
    const at = isoInstant(tools.now);
    const body = { evaluation_id: engineId('evaluation', ...made), segment_revision: revision, cause, at };
    await appendToSegment(tools, segment, {
      id: engineId('segment.evaluation_started', ...made),
      type: 'segment.evaluation_started',
      data: plainBody('segment.evaluation_started', body),
      at,
    });
  }
}

function causeOf(segment: SharedSegment, { switched }: MembershipTools): string | undefined {
  if (segment.archived === true) return undefined;
  if (segment.wanted !== undefined) return segment.wanted;
  const isDoneSince = switched === null || (segment.started !== undefined && BigInt(segment.started) > switched.position);
  return isDoneSince ? undefined : switched.switch_id;
}

/** The evaluation to go on with: those that cannot go on are ended first, then what people wait for, then the oldest. */
export function chooseEvaluation(tools: MembershipTools): NextEvaluation | null {
  let next: NextEvaluation | null = null;
  for (const segment of Object.values(tools.shared.segments)) {
    for (const evaluation of segment.running) {
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
  evaluation: RunningEvaluation,
  obstacle: Obstacle | Record<string, never> = {},
): Promise<void> {
  const { workspace, id } = segment;
  const members = await tools.countDocuments({
    idPrefix: `${workspace}/`,
    filter: { kind: 'exists', path: ['segments', id] },
  });
  await appendToSegment(tools, segment, {
    id: engineId('segment.evaluation_finished', evaluation.id),
    type: 'segment.evaluation_finished',
    data: plainBody('segment.evaluation_finished', { evaluation_id: evaluation.id, members, ...obstacle }),
    at: isoInstant(tools.now),
  });
}
