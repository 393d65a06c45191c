import { parseMailbox } from '../../channels/mailbox.js';
import { EngineError, isEngineError, type ErrorPlace } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';
import { campaignDecider, type CampaignDefinition } from '../../domain/campaign/campaign.decider.js';
import { campaignRunDecider, type RunCommand } from '../../domain/campaign/campaign-run.decider.js';
import type { RunPhase } from '../../domain/campaign/campaign-run.state.js';
import { handleCommand, loadStream, type CommandContext } from '../command-handler.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { launchCampaign, type Launched } from './launch.js';
import { campaignStreamName, runStreamName } from './run-ids.js';
import { withReason } from './sealed-reason.js';
import { segmentNow } from './segment-state.js';
import type { TemplateSources } from './template-source.js';

/** Where a definition stands after a command. */
export interface DefinitionResult {
  readonly id: string;
  readonly revision: number;
  readonly position: Position;
}

export interface RunResult {
  readonly phase: RunPhase;
  readonly position: Position;
}

/** A context with what the caller saw and why they act. */
export interface ReasonedContext extends CommandContext {
  readonly reason?: string;
}

/** What people do with campaigns and their runs. */
export interface CampaignCommands {
  /** Errors: `invalid_input` with a pointer for whatever does not fit. */
  define(definition: CampaignDefinition, context: CommandContext): Promise<DefinitionResult>;
  /** `context.ifRevision` is the campaign's `revision`. Errors: also `not_found`, `revision_stale`, `already_launched`. */
  revise(campaignId: string, definition: CampaignDefinition, context: CommandContext): Promise<DefinitionResult>;
  launch(campaignId: string, context: CommandContext): Promise<Launched>;
  pause(runId: string, context: ReasonedContext): Promise<RunResult>;
  resume(runId: string, context: ReasonedContext): Promise<RunResult>;
  cancel(runId: string, context: ReasonedContext): Promise<RunResult>;
  /** Tries failed messages again, all or those of one reason; with `include_uncertain` also those that may have gone out. */
  retryFailed(
    runId: string,
    what: { readonly include_uncertain: boolean; readonly group?: string; readonly customers?: string[] },
    context: CommandContext,
  ): Promise<RunResult>;
}

export interface CampaignCommandDeps extends CampaignsDeps {
  readonly templates: TemplateSources;
  /** Told of each change of a run, before the command is answered. */
  readonly notify: (workspace: string, runId: string) => void;
}

/** Commands on `campaign-` and `campaign_run-` streams. */
export function createCampaignCommands(deps: CampaignCommandDeps): CampaignCommands {
  async function run(command: RunCommand, runId: string, context: ReasonedContext): Promise<RunResult> {
    const { workspace, actor, at, reason } = context;
    const target = { stream: runStreamName(workspace, runId), decider: campaignRunDecider, command };
    const eventStore = withReason(deps, reason);
    const { state, position } = await handleCommand({ eventStore }, target, { workspace, actor, at });
    deps.notify(workspace, runId);
    return { phase: state.phase, position };
  }

  async function save(
    campaignId: string,
    command: Parameters<typeof campaignDecider.decide>[0],
    { workspace, actor, at }: CommandContext,
  ): Promise<DefinitionResult> {
    const target = { stream: campaignStreamName(workspace, campaignId), decider: campaignDecider, command };
    const { state, position } = await handleCommand(deps, target, { workspace, actor, at });
    return { id: campaignId, revision: state.kind === 'absent' ? 0 : state.campaign.revision, position };
  }

  return {
    async define(definition, context) {
      await check(deps, definition, context.workspace);
      return save(deps.newId(), { kind: 'define', definition }, context);
    },
    async revise(campaignId, definition, context) {
      const seen = context.ifRevision === undefined ? {} : { ifRevision: Number(context.ifRevision) };
      const command = { kind: 'revise', definition, ...seen } as const;
      const stream = campaignStreamName(context.workspace, campaignId);
      const { state } = await loadStream(deps.eventStore, stream, campaignDecider);
      campaignDecider.decide(command, state); // a refusal before anything else is looked at
      await check(deps, definition, context.workspace);
      return save(campaignId, command, context);
    },
    async launch(campaignId, context) {
      const launched = await launchCampaign(deps, campaignId, context);
      deps.notify(context.workspace, launched.run_id);
      return launched;
    },
    pause: (runId, context) => run({ kind: 'pause' }, runId, context),
    resume: (runId, context) => run({ kind: 'resume' }, runId, context),
    cancel: (runId, context) => run({ kind: 'cancel' }, runId, context),
    retryFailed: (runId, reopening, context) => run({ kind: 'reopen', reopening }, runId, context),
  };
}

async function check(deps: CampaignCommandDeps, definition: CampaignDefinition, workspace: string): Promise<void> {
  const { channel, from, reply_to, segment, template } = definition;
  const places: ErrorPlace[] = [];
  const channels = Object.keys(deps.channels).join(', ');
  if (!Object.hasOwn(deps.channels, channel)) places.push({ pointer: '/channel', detail: `expected one of: ${channels}` });
  const mailbox = 'expected `address` or `Name <address>`';
  if (parseMailbox(from) === null) places.push({ pointer: '/from', detail: mailbox });
  if (reply_to !== undefined && parseMailbox(reply_to) === null) places.push({ pointer: '/reply_to', detail: mailbox });
  const found = await segmentNow(deps.eventStore, workspace, segment);
  if (found.segment.status !== 'live') places.push({ pointer: '/segment_id', detail: 'expected the id of a live segment' });
  const isKnown = await deps.templates.load(workspace, template).then(
    () => true,
    (error: unknown) => {
      if (isEngineError(error, 'not_found')) return false;
      throw error;
    },
  );
  if (!isKnown) places.push({ pointer: '/template_id', detail: 'expected the id of a template' });
  const [first] = places;
  if (first !== undefined) throw new EngineError('invalid_input', `${first.pointer}: ${first.detail}`, { places });
}
