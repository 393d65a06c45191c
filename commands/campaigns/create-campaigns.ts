import type { DeadLetters } from '../../contracts/read-models/dead-letters.port.js';
import { createCampaignRunSaga, type CampaignRunSaga } from './campaign-run.saga.js';
import { createCampaignCommands, type CampaignCommands } from './campaign.commands.js';
import type { CampaignsDeps } from './campaigns-deps.js';
import { createMessageDeadLetters } from './message-dead-letters.js';
import { preflight, type Preflight } from './preflight.js';
import { createSuppressionCommands, type SuppressionCommands } from './suppression.commands.js';
import { createTemplateCommands, type TemplateCommands } from './template.commands.js';
import { createTemplateSources } from './template-source.js';
import { createUnsubscribeCommands, type UnsubscribeCommands } from './unsubscribe.commands.js';
import { createWebhookCommands, type WebhookCommands, type WebhookDeps } from './webhook.commands.js';

/** Everything that the engine does about campaigns. */
export interface CampaignsModule {
  readonly campaigns: CampaignCommands;
  readonly templates: TemplateCommands;
  readonly suppressions: SuppressionCommands;
  readonly unsubscribe: UnsubscribeCommands;
  readonly webhooks: WebhookCommands;
  readonly preflight: (workspace: string, campaignId: string) => Promise<Preflight>;
  /** Dead letters of kind `message`. */
  readonly deadLetters: DeadLetters;
  /** Drives runs and schedules; started only where the processors run live. */
  readonly saga: Pick<CampaignRunSaga, 'start' | 'stop'>;
}

/** Puts commands and saga together. Nothing is sent before the saga is started. */
export function createCampaigns(options: CampaignsDeps & Pick<WebhookDeps, 'countWebhook'>): CampaignsModule {
  const templates = createTemplateSources(options);
  const suppressionCommands = createSuppressionCommands(options);
  const deps = { ...options, templates, suppressionCommands };
  const saga = createCampaignRunSaga(deps);
  const campaigns = createCampaignCommands({ ...deps, notify: (workspace, runId) => saga.notify(workspace, runId) });
  return {
    campaigns,
    templates: createTemplateCommands(deps),
    suppressions: suppressionCommands,
    unsubscribe: createUnsubscribeCommands(deps),
    webhooks: createWebhookCommands(deps),
    preflight: (workspace, campaignId) => preflight(deps, workspace, campaignId),
    deadLetters: createMessageDeadLetters({ ...deps, commands: campaigns }),
    saga,
  };
}
