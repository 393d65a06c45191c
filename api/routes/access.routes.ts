import { z } from 'zod';
import type { AccessCommands } from '../../commands/access/access.commands.js';
import { erasedIdentifierPolicies, unknownTypePolicies } from '../../contracts/events/access.events.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import { EngineError } from '../../contracts/errors.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { ApiRoutes } from '../route-config.js';

export interface AccessRoutesDeps {
  readonly storeId: string;
  readonly commands: Pick<AccessCommands, 'changeSettings'>;
  readonly workspaces: Workspaces;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

const settingsChange = z.strictObject({
  time_zone: z.string().max(64).optional(),
  unknown_types: z.enum(unknownTypePolicies).optional(),
  default_country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  postal_address: z.string().max(1_000).optional(),
  opt_in_required: z.boolean().optional(),
  erased_identifiers: z.enum(erasedIdentifierPolicies).optional(),
});
const settingsView = settingsChange.extend({ workspace: z.string(), name: z.string(), as_of: asOfSchema });
const position = z.object({ position: z.string() });
const consistency = z.strictObject(consistencyQuery);

/** `/v1/workspace`: how the workspace is set. */
export function accessRoutes(deps: AccessRoutesDeps): ApiRoutes {
  const encode = (at: bigint): string => encodePosition(deps.storeId, at);
  return (api) => {
    api.get(
      '/v1/workspace',
      { config: { access: 'workspace:read' }, schema: { querystring: consistency, response: { 200: settingsView } } },
      async (request) => {
        const as_of = await deps.reads.of('workspaces', request.query);
        const { workspace } = principalOf(request);
        const settings = await deps.workspaces.settingsOf(workspace);
        if (settings === null) throw new EngineError('not_found', `Expected the workspace ${workspace} to exist; it does not.`);
        const { topics: _topics, ...shown } = settings;
        return { ...shown, workspace, as_of };
      },
    );
    api.patch(
      '/v1/workspace',
      { config: { access: 'workspace:write' }, schema: { body: settingsChange, response: { 200: position } } },
      async (request) => {
        const change = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== undefined));
        return { position: encode(await deps.commands.changeSettings(change, commandContextOf(request, deps.clock))) };
      },
    );
  };
}
