import { streamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';

/** The run of a campaign: the same for whoever launches it, and for each node that fires the same scheduled instant. */
export function runIdOf(workspace: string, campaignId: string, cause: { readonly scheduledAt?: string }): string {
  const instant = cause.scheduledAt === undefined ? 'launch' : new Date(cause.scheduledAt).toISOString();
  return engineId('campaign_run', workspace, campaignId, instant);
}

/** The stream of a run. */
export function runStreamName(workspace: string, runId: string): string {
  return streamName('campaign_run', workspace, runId);
}

/** The stream of a campaign. */
export function campaignStreamName(workspace: string, campaignId: string): string {
  return streamName('campaign', workspace, campaignId);
}

/** The stream of a workspace's own settings. */
export function workspaceStreamName(workspace: string): string {
  return streamName('access', workspace, 'workspace');
}

/** The stream of a template. */
export function templateStreamName(workspace: string, templateId: string): string {
  return streamName('template', workspace, templateId);
}
