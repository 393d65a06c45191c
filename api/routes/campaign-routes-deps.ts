import type { FastifyRequest } from 'fastify';
import type { CampaignsModule } from '../../commands/campaigns/create-campaigns.js';
import type { CampaignRuns } from '../../contracts/read-models/campaign-runs.port.js';
import type { Campaigns } from '../../contracts/read-models/campaigns.port.js';
import type { Messages } from '../../contracts/read-models/messages.port.js';
import type { Suppressions } from '../../contracts/read-models/suppressions.port.js';
import type { Templates } from '../../contracts/read-models/templates.port.js';
import type { Position } from '../../contracts/events/event.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import type { CommandContext } from '../../commands/command-handler.js';
import { commandContextOf } from '../command-context.js';
import type { ReadConsistency } from '../read-consistency.js';

/** What the routes of campaigns need. */
export interface CampaignRoutesDeps {
  readonly storeId: string;
  readonly clock: Clock;
  readonly reads: ReadConsistency;
  readonly commands: CampaignsModule;
  readonly models: {
    readonly campaigns: Campaigns;
    readonly templates: Templates;
    readonly runs: CampaignRuns;
    readonly messages: Messages;
    readonly suppressions: Suppressions;
  };
}

/** A position as it leaves the engine. */
export function positionText(deps: Pick<CampaignRoutesDeps, 'storeId'>, position: Position): string {
  return encodePosition(deps.storeId, position);
}

/** The context of a command, with why the caller acts. */
export function reasonedContext(
  request: FastifyRequest,
  clock: Clock,
  reason: string | undefined,
): CommandContext & { readonly reason?: string } {
  return { ...commandContextOf(request, clock), ...(reason === undefined ? {} : { reason }) };
}
