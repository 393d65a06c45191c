import { z } from 'zod';
import type { UnsubscribeCommands } from '../../commands/campaigns/unsubscribe.commands.js';
import { EngineError } from '../../contracts/errors.js';
import { sendPage } from '../pages/page.js';
import type { ApiRoutes } from '../route-config.js';

export interface UnsubscribeRoutesDeps {
  readonly commands: { readonly unsubscribe: UnsubscribeCommands };
}

const config = { access: 'public', body: 'raw', loose: true, idempotency: 'off', quiet: true } as const;
const params = z.strictObject({ token: z.string().max(512) });
const RETRY_AFTER_S = 30;

const question =
  '<h1>Unsubscribe</h1><p>Do you no longer want to get these messages?</p><form method="post"><button type="submit">Unsubscribe</button></form>';
const done = '<h1>You are unsubscribed</h1><p>You will not get these messages any more.</p>';
const test =
  '<h1>This is a test</h1><p>The link came with a test message or a preview. It unsubscribes nobody, and nothing was changed.</p>';

/** `/u/{token}`: the page changes nothing, so that scanners may look at it; the POST (RFC 8058) is enough. Nobody learns whether a token is valid. */
export function unsubscribeRoutes({ commands }: UnsubscribeRoutesDeps): ApiRoutes {
  return (api) => {
    api.get('/u/:token', { config, schema: { params, hide: true } }, (request, reply) =>
      sendPage(reply, { title: 'Unsubscribe', body: commands.unsubscribe.isTest(request.params.token) ? test : question }),
    );
    api.post('/u/:token', { config, bodyLimit: 65_536, schema: { params, hide: true } }, async (request, reply) => {
      if (commands.unsubscribe.isTest(request.params.token)) return sendPage(reply, { title: 'Unsubscribe', body: test });
      try {
        await commands.unsubscribe.unsubscribe(request.params.token);
      } catch (cause) {
        const details = { retry_after_s: RETRY_AFTER_S };
        throw new EngineError('store_unavailable', 'The withdrawal could not be stored yet; ask again.', { cause, details });
      }
      return sendPage(reply, { title: 'Unsubscribed', body: done });
    });
  };
}
