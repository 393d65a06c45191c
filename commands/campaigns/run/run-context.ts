import type { Channel } from '../../../channels/channel.port.js';
import { EngineError } from '../../../contracts/errors.js';
import { campaignDecider, type CampaignDefinition } from '../../../domain/campaign/campaign.decider.js';
import { workspaceDecider, type WorkspaceState } from '../../../domain/access/workspace.decider.js';
import { DEFAULT_PURPOSE, type ConsentNeeded } from '../../../domain/campaign/consent.js';
import { ruleOf } from '../../../domain/consent/topics.js';
import { loadStream } from '../../command-handler.js';
import type { CampaignsDeps } from '../campaigns-deps.js';
import { campaignStreamName, workspaceStreamName } from '../run-ids.js';
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
  /** As the workspace demands it by now. */
  readonly consent: ConsentNeeded;
  /** As the workspace has it by now. */
  readonly postalAddress: string | undefined;
  /** The workspace's keys for the ids and links in messages. */
  readonly webhookKey: Uint8Array;
  readonly unsubscribeKey: Uint8Array;
  readonly signal: AbortSignal;
  /** Messages that are not made or reserved yet go by the workspace's settings as they are now. */
  refreshSettings(): Promise<void>;
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
  channel.prepare?.();
  const [settings, template, webhookKey, unsubscribeKey] = await Promise.all([
    settingsNow(deps, workspace),
    deps.templates.load(workspace, state.campaign.template, about.template_revision),
    deps.vault.secret(workspace, 'webhook_id'),
    deps.vault.secret(workspace, 'unsubscribe'),
  ]);
  const purpose = about.purpose ?? DEFAULT_PURPOSE;
  const needed = { channel: about.channel, purpose };
  const consentUnder = (now: Settings): ConsentNeeded => ({ ...needed, rule: ruleOf(now, needed) });
  let consent = consentUnder(settings);
  let postalAddress = settings.postal_address;
  return {
    deps,
    run,
    workspace,
    runId,
    campaignId: about.campaign,
    campaign: state.campaign,
    template,
    channel,
    get consent() {
      return consent;
    },
    get postalAddress() {
      return postalAddress;
    },
    webhookKey,
    unsubscribeKey,
    signal,
    async refreshSettings() {
      const now = await settingsNow(deps, workspace);
      consent = consentUnder(now);
      postalAddress = now.postal_address;
    },
  };
}

type Settings = Extract<WorkspaceState, { kind: 'open' }>['settings'];

/** From the log: a change counts as soon as it stands there. */
async function settingsNow({ eventStore }: RunDeps, workspace: string): Promise<Settings> {
  const { state } = await loadStream(eventStore, workspaceStreamName(workspace), workspaceDecider);
  return state.kind === 'open' ? state.settings : {};
}
