import type { FastifyRequest } from 'fastify';
import type { CommandContext } from '../commands/command-handler.js';
import { isoInstant, type Clock } from '../runtime/clock.js';
import { ifMatchRevision } from './if-match.js';
import { principalOf } from './plugins/authentication.plugin.js';

/** Who commands, when, and against which revision: from the credential, the clock and If-Match. */
export function commandContextOf(request: FastifyRequest, clock: Clock): CommandContext {
  const { workspace, actor } = principalOf(request);
  const ifRevision = ifMatchRevision(request);
  return { workspace, actor, at: isoInstant(clock()), ...(ifRevision === undefined ? {} : { ifRevision }) };
}
