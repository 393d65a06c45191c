import type { Channel } from '../../../channels/channel.port.js';
import { EngineError } from '../../../contracts/errors.js';
import { campaignDecider, type CampaignDefinition } from '../../../domain/campaign/campaign.decider.js';
import { DEFAULT_PURPOSE, type ConsentNeeded } from '../../../domain/campaign/consent.js';
import { loadStream } from '../../command-handler.js';
import type { CampaignsDeps } from '../campaigns-deps.js';
import { campaignStreamName } from '../run-ids.js';
import type { ReadyTemplate, TemplateSources } from '../template-source.js';
import type { RunStream } from './run-stream.js';

export interface RunDeps extends CampaignsDeps {
  readonly templates: TemplateSources;
}

/** What all messages of a run have in common. */
export interface RunContext {
  readonly deps: RunDeps;
  readonly run: RunStream;
  readonly workspace: string;
  readonly runId: string;
  readonly campaignId: string;
  readonly campaign: CampaignDefinition;
  readonly template: ReadyTemplate;
  readonly channel: Channel;
  readonly consent: ConsentNeeded;
  readonly postalAddress?: string;
  /** The workspace's keys for the ids and links in messages. */
  readonly webhookKey: Uint8Array;
  readonly unsubscribeKey: Uint8Array;
  readonly signal: AbortSignal;
}

/** Gathers it when sending begins; a launched campaign does not change any more. */
export async function openRunContext(deps: RunDeps, run: RunStream, signal: AbortSignal): Promise<RunContext> {
  const { workspace, runId } = run;
  const { about } = run.state();
  if (about === undefined) throw new EngineError('not_found', `Expected run ${runId} to have been started; it has not.`);
  const { state } = await loadStream(deps.eventStore, campaignStreamName(workspace, about.campaign), campaignDecider);
  if (state.kind === 'absent')
    throw new EngineError('not_found', `Expected campaign ${about.campaign} of run ${runId}, found none.`);
  const channel = deps.channels[about.channel];
  if (channel === undefined) throw new EngineError('channel_misconfigured', `Expected a channel ${about.channel}, found none.`);
  const [settings, template, webhookKey, unsubscribeKey] = await Promise.all([
    deps.workspaces.settingsOf(workspace),
    deps.templates.load(workspace, state.campaign.template, about.template_revision),
    deps.vault.secret(workspace, 'webhook_id'),
    deps.vault.secret(workspace, 'unsubscribe'),
  ]);
  const rule = settings?.opt_in_required === true ? 'opt_in' : 'opt_out';
  return {
    deps,
    run,
    workspace,
    runId,
    campaignId: about.campaign,
    campaign: state.campaign,
    template,
    channel,
    consent: { channel: about.channel, purpose: about.purpose ?? DEFAULT_PURPOSE, rule },
    ...(settings?.postal_address === undefined ? {} : { postalAddress: settings.postal_address }),
    webhookKey,
    unsubscribeKey,
    signal,
  };
}
