import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { UnsubscribeCommands } from '../../commands/campaigns/unsubscribe.commands.js';
import { EngineError } from '../../contracts/errors.js';
import { sendPage } from '../pages/page.js';
import { pathOf } from '../request-path.js';
import type { ApiRoutes } from '../route-config.js';

export interface UnsubscribeRoutesDeps {
  readonly commands: { readonly unsubscribe: UnsubscribeCommands };
}

const PREFIX = '/u/';
const RETRY_AFTER_S = 30;
const config = { access: 'public', loose: true, idempotency: 'off', quiet: true } as const;
// Unlike a named parameter this takes a token of any length.
const schema = { params: z.strictObject({ '*': z.string() }), hide: true };

const question =
  '<h1>Unsubscribe</h1><p>Do you no longer want to get these messages?</p><form method="post"><button type="submit">Unsubscribe</button></form>';
const done = '<h1>You are unsubscribed</h1><p>You will not get these messages any more.</p>';
const test =
  '<h1>This is a test</h1><p>The link came with a test message or a preview. It unsubscribes nobody, and nothing was changed.</p>';

/** `/u/{token}`: the page changes nothing, so that scanners may look at it; the POST (RFC 8058) is enough. Nobody learns whether a token is valid. */
export function unsubscribeRoutes({ commands }: UnsubscribeRoutesDeps): ApiRoutes {
  const { unsubscribe } = commands;
  return (api) => {
    api.get(`${PREFIX}*`, { config, schema }, (request, reply) =>
      sendPage(reply, { title: 'Unsubscribe', body: unsubscribe.isTest(request.params['*']) ? test : question }),
    );
    const answer = async (
      request: { readonly params: { readonly '*': string }; readonly ip: string },
      reply: FastifyReply,
    ): Promise<FastifyReply> => {
      const token = request.params['*'];
      if (unsubscribe.isTest(token)) return sendPage(reply, { title: 'Unsubscribe', body: test });
      try {
        await unsubscribe.unsubscribe(token, { ip: request.ip });
      } catch (cause) {
        const details = { retry_after_s: RETRY_AFTER_S };
        throw new EngineError('store_unavailable', 'The withdrawal could not be stored yet; ask again.', { cause, details });
      }
      return sendPage(reply, { title: 'Unsubscribed', body: done });
    };
    // Answered before the body is looked at: whatever it is and says about itself, it must not stand in the way of a withdrawal.
    api.post(`${PREFIX}*`, { config, schema, onRequest: answer }, answer);
  };
}

/** Answers a link that is not even a URL as any other that stands for nobody; false for other paths. */
export function answerUnreadableLink(request: FastifyRequest, reply: FastifyReply): boolean {
  if (!pathOf(request.url).startsWith(PREFIX)) return false;
  if (request.method === 'POST') sendPage(reply, { title: 'Unsubscribed', body: done });
  else sendPage(reply, { title: 'Unsubscribe', body: question });
  return true;
}
