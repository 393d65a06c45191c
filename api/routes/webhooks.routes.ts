import { z } from 'zod';
import type { WebhookCommands } from '../../commands/campaigns/webhook.commands.js';
import type { ApiRoutes } from '../route-config.js';

export interface WebhooksRoutesDeps {
  readonly commands: { readonly webhooks: WebhookCommands };
}

const params = z.strictObject({ provider: z.string().max(64), workspace: z.string().regex(/^[a-z0-9_]{1,32}$/) });
const answer = z.object({ status: z.enum(['recorded', 'ignored', 'dead_letter']) });

/** `POST /v1/webhooks/{provider}/{workspace}`: 200 once it is durable; 406 for what must not be sent again; 503 for what must. */
export function webhooksRoutes({ commands }: WebhooksRoutesDeps): ApiRoutes {
  return (api) => {
    api.post(
      '/v1/webhooks/:provider/:workspace',
      {
        config: { access: 'public', loose: true, idempotency: 'off', quiet: true },
        schema: { params, response: { 200: answer } },
      },
      async (request) => {
        const { provider, workspace } = request.params;
        return { status: await commands.webhooks.receive(provider, workspace, request.body) };
      },
    );
  };
}
