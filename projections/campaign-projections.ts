import type { JsonObject } from '../contracts/json.js';
import type { Projection } from '../runtime/projection.js';
import { campaignRunsProjection } from './campaign-runs/campaign-runs.projection.js';
import { campaignsProjection } from './campaigns/campaigns.projection.js';
import { messagesProjection } from './messages/messages.projection.js';
import { suppressionsProjection } from './suppressions/suppressions.projection.js';
import { templatesProjection } from './templates/templates.projection.js';

/** The read models of campaigns, for the catalogue. */
export const campaignProjections: readonly { readonly projection: Projection<JsonObject> }[] = [
  { projection: templatesProjection },
  { projection: campaignsProjection },
  { projection: campaignRunsProjection },
  { projection: messagesProjection },
  { projection: suppressionsProjection },
];
