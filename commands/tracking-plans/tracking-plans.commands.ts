import type { Position } from '../../contracts/events/event.js';
import { EngineError } from '../../contracts/errors.js';
import { streamName } from '../../contracts/events/streams.js';
import type { TrackingPlan } from '../../contracts/tracking-plans/tracking-plan.js';
import { trackingPlanDecider, type TrackingPlanCommand } from '../../domain/tracking-plan/tracking-plan.decider.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { handleCommand, loadStream, type CommandContext } from '../command-handler.js';

/** Which draft a command led to, or left. */
export interface PlanChange {
  readonly draft: number;
  readonly position: Position;
}

/** What changes tracking plans of sources. */
export interface TrackingPlanCommands {
  /** The newest draft as the log has it. Errors: `not_found`. */
  newest(workspace: string, source: string): Promise<{ readonly draft: number; readonly plan: TrackingPlan }>;
  /** Errors: `invalid_input` with the place that cannot hold. */
  draft(source: string, plan: TrackingPlan, context: CommandContext): Promise<PlanChange>;
  /** Errors: `not_found` without a draft, `revision_stale` when there is a newer one. */
  publish(source: string, draft: number, context: CommandContext): Promise<PlanChange>;
  /** From then on the settings of the workspace decide. Errors: `not_found` without a draft. */
  withdraw(source: string, context: CommandContext): Promise<PlanChange>;
}

/** Commands on the streams `source-<workspace>.<source>`. */
export function createTrackingPlanCommands(deps: { readonly eventStore: EventStore }): TrackingPlanCommands {
  const change = async (source: string, command: TrackingPlanCommand, context: CommandContext): Promise<PlanChange> => {
    const stream = streamName('source', context.workspace, source);
    const { state, position } = await handleCommand(deps, { stream, decider: trackingPlanDecider, command }, context);
    return { draft: state.drafts, position };
  };
  return {
    async newest(workspace, source) {
      const { state } = await loadStream(deps.eventStore, streamName('source', workspace, source), trackingPlanDecider);
      if (state.plan !== undefined) return { draft: state.drafts, plan: state.plan };
      throw new EngineError('not_found', `expected a tracking plan of the source ${source}, found none`);
    },
    draft: (source, plan, context) => change(source, { kind: 'draft', plan }, context),
    publish: (source, draft, context) => change(source, { kind: 'publish', draft }, context),
    withdraw: (source, context) => change(source, { kind: 'withdraw' }, context),
  };
}
