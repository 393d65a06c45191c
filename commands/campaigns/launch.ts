import { EngineError } from '../../contracts/errors.js';
import type { Position } from '../../contracts/events/event.js';
import { campaignDecider, type CampaignDefinition, type CampaignLaunch } from '../../domain/campaign/campaign.decider.js';
import { campaignRunDecider } from '../../domain/campaign/campaign-run.decider.js';
import { DEFAULT_PURPOSE } from '../../domain/campaign/consent.js';
import { handleCommand, loadStream, type CommandContext } from '../command-handler.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { campaignStreamName, runIdOf, runStreamName } from './run-ids.js';
import { segmentNow } from './segment-state.js';
import type { TemplateSources } from './template-source.js';

export interface LaunchDeps extends Pick<CampaignsDeps, 'eventStore' | 'channels' | 'clock' | 'logger'> {
  readonly templates: TemplateSources;
}

/** The run that a launch led to. */
export interface Launched {
  readonly run_id: string;
  readonly position: Position;
}

type LaunchFacts = Omit<CampaignLaunch, 'revision'>;
const ENGINE = 'cebe';
/** How late a scheduled campaign may launch unless it says otherwise, in seconds. */
export const MAX_DELAY_SEC = 3_600;

/** Launches a campaign now. Errors: `not_found`, `already_launched`, `segment_archived`, `channel_misconfigured`. */
export async function launchCampaign(deps: LaunchDeps, campaignId: string, context: CommandContext): Promise<Launched> {
  const { workspace } = context;
  const run = runIdOf(workspace, campaignId, {});
  const { state } = await loadStream(deps.eventStore, campaignStreamName(workspace, campaignId), campaignDecider);
  const early: LaunchFacts = { run, cause: 'launch', at: context.at, segment_revision: 1, template_revision: 1 };
  campaignDecider.decide({ kind: 'launch', launch: early }, state); // a refusal before anything else is looked at
  if (state.kind === 'absent') throw new EngineError('not_found', 'Expected the id of a campaign, found none with this id.');
  const launch = { ...early, ...(await revisionsFor(deps, workspace, state.campaign)) };
  return record(deps, campaignId, launch, context);
}

/** What a run goes by, as it stands at this moment. */
async function revisionsFor(
  deps: LaunchDeps,
  workspace: string,
  { segment, template, channel }: CampaignDefinition,
): Promise<Pick<CampaignLaunch, 'segment_revision' | 'template_revision'>> {
  if (deps.channels[channel] === undefined)
    throw new EngineError('channel_misconfigured', `Expected a channel ${channel}, found none.`);
  const found = (await segmentNow(deps.eventStore, workspace, segment)).segment;
  if (found.status === 'undefined') throw new EngineError('not_found', `Expected segment ${segment}, found none.`);
  if (found.status === 'archived')
    throw new EngineError('segment_archived', `Expected segment ${segment} live, found it archived.`);
  return { segment_revision: found.revision, template_revision: (await deps.templates.load(workspace, template)).revision };
}

async function record(deps: LaunchDeps, campaignId: string, launch: LaunchFacts, context: CommandContext): Promise<Launched> {
  const { workspace, actor, at } = context;
  const stream = campaignStreamName(workspace, campaignId);
  const command = { kind: 'launch', launch } as const;
  const { state } = await handleCommand(deps, { stream, decider: campaignDecider, command }, { workspace, actor, at });
  return beginRun(deps, campaignId, { ...context, state });
}

/** Starts the run of a launched campaign; one that was started already stays as it is. */
export async function beginRun(
  deps: Pick<CampaignsDeps, 'eventStore'>,
  campaignId: string,
  context: Pick<CommandContext, 'workspace' | 'actor' | 'at'> & { readonly state: typeof campaignDecider.initialState },
): Promise<Launched> {
  const { workspace, actor, at, state } = context;
  if (state.kind === 'absent' || state.launch === undefined) {
    throw new EngineError('internal', `Expected campaign ${campaignId} to be launched, found it is not.`);
  }
  const { campaign, launch } = state;
  const about = {
    campaign: campaignId,
    campaign_revision: launch.revision,
    segment: campaign.segment,
    segment_revision: launch.segment_revision,
    template: campaign.template,
    template_revision: launch.template_revision,
    channel: campaign.channel,
    purpose: campaign.purpose ?? DEFAULT_PURPOSE,
    cause: launch.cause,
    at: launch.at,
  };
  const target = {
    stream: runStreamName(workspace, launch.run),
    decider: campaignRunDecider,
    command: { kind: 'start', about },
  } as const;
  const { position } = await handleCommand(deps, target, { workspace, actor, at });
  return { run_id: launch.run, position };
}

/**
 * Launches a campaign whose instant has come, or records that it was missed. Firing again changes nothing, also on another node; one that
 * was rescheduled, revised away or launched meanwhile is left alone.
 */
export async function fireSchedule(
  deps: LaunchDeps,
  workspace: string,
  { campaignId, scheduledAt, at }: { readonly campaignId: string; readonly scheduledAt: string; readonly at: string },
): Promise<'launched' | 'missed' | 'nothing'> {
  const { state } = await loadStream(deps.eventStore, campaignStreamName(workspace, campaignId), campaignDecider);
  if (state.kind === 'absent' || state.launch !== undefined || state.campaign.schedule_at === undefined) return 'nothing';
  const instant = Date.parse(scheduledAt);
  if (Date.parse(state.campaign.schedule_at) !== instant) return 'nothing';
  const run = runIdOf(workspace, campaignId, { scheduledAt });
  const lateMs = Date.parse(at) - instant;
  const isTooLate = lateMs > (state.campaign.max_delay_sec ?? MAX_DELAY_SEC) * 1_000;
  const { status } = (await segmentNow(deps.eventStore, workspace, state.campaign.segment)).segment;
  const context = { workspace, actor: ENGINE, at };
  if (isTooLate || status === 'archived') {
    const cause = isTooLate ? 'too_late' : 'segment_archived';
    const command = { kind: 'miss', missed: { campaign: campaignId, scheduled_at: scheduledAt, cause } } as const;
    await handleCommand(deps, { stream: runStreamName(workspace, run), decider: campaignRunDecider, command }, context);
    deps.logger.warn('campaign_missed', { workspace, campaign: campaignId, cause });
    return 'missed';
  }
  const revisions = await revisionsFor(deps, workspace, state.campaign);
  await record(deps, campaignId, { run, cause: 'schedule', at: scheduledAt, ...revisions }, context);
  return 'launched';
}
