import type { OutboxPages } from '../outbox.port.js';
import type { ApiRoutes } from '../route-config.js';
import { campaignRunsRoutes } from './campaign-runs.routes.js';
import type { CampaignRoutesDeps } from './campaign-routes-deps.js';
import { campaignsRoutes } from './campaigns.routes.js';
import { outboxRoutes } from './outbox.routes.js';
import { suppressionsRoutes } from './suppressions.routes.js';
import { templatesRoutes } from './templates.routes.js';
import { unsubscribeRoutes } from './unsubscribe.routes.js';
import { webhooksRoutes } from './webhooks.routes.js';

/** All routes about campaigns; those of the outbox only where there is one. */
export function campaignFamilyRoutes(deps: CampaignRoutesDeps & { readonly outbox?: OutboxPages }): ApiRoutes {
  const { outbox } = deps;
  const families = [
    templatesRoutes(deps),
    campaignsRoutes(deps),
    campaignRunsRoutes(deps),
    suppressionsRoutes(deps),
    webhooksRoutes(deps),
    unsubscribeRoutes(deps),
    ...(outbox === undefined ? [] : [outboxRoutes({ outbox })]),
  ];
  return (api) => {
    for (const addRoutes of families) addRoutes(api);
  };
}
