import { plainBody } from '../../contracts/events/engine-event.js';
import { engineId } from '../../domain/ids.js';
import { isoInstant } from '../../runtime/clock.js';
import type { MembershipTools } from './due-work.js';
import { appendToSegment } from './evaluation-steps.js';
import type { SharedSegment } from './shared-segments.js';

/** Says in the log that evaluations begin. */
export interface EvaluationStarts {
  /** Decisions made before the start are folded before the first customer is asked: an evaluation begins when its start is folded. */
  append(tools: MembershipTools): Promise<void>;
}

/** Starts in one slice, so that live events do not wait for many. */
const AT_ONCE = 50;

/** Each start is appended once. */
export function createEvaluationStarts(): EvaluationStarts {
  /** By segment, what was appended last and may not be folded yet. */
  const appended = new Map<string, string>();
  return {
    async append(tools) {
      const wanted = Object.entries(tools.shared.segments).flatMap(([key, segment]) => {
        const cause = segment.running.length > 0 ? undefined : causeOf(segment, tools);
        if (cause === undefined) return [];
        const evaluation = engineId('evaluation', key, String(segment.revision), cause, segment.stream_revision);
        return appended.get(key) === evaluation ? [] : [{ key, segment, cause, evaluation }];
      });
      for (const { key, segment, cause, evaluation } of wanted.slice(0, AT_ONCE)) {
        const { workspace, id, revision } = segment;
        const at = isoInstant(tools.now);
        const body = { evaluation_id: evaluation, segment_revision: revision, cause, at };
        await appendToSegment(
          tools,
          { workspace, id, after: BigInt(segment.stream_revision) },
          {
            id: engineId('segment.evaluation_started', evaluation),
            type: 'segment.evaluation_started',
            data: plainBody('segment.evaluation_started', body),
            at,
          },
        );
        appended.set(key, evaluation);
      }
    },
  };
}

function causeOf(segment: SharedSegment, { switched }: MembershipTools): string | undefined {
  if (segment.archived === true) return undefined;
  if (segment.wanted !== undefined) return segment.wanted;
  const isDoneSince = switched === null || (segment.started !== undefined && BigInt(segment.started) > switched.position);
  return isDoneSince ? undefined : switched.switch_id;
}
