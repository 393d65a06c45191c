import { z } from 'zod';
import { isScope, roles, type Role } from '../../contracts/access.js';
import type { AccessCommands } from '../../commands/access/access.commands.js';
import { unknownTypePolicies } from '../../contracts/events/access.events.js';
import type { ApiKeys } from '../../contracts/read-models/api-keys.port.js';
import type { Workspaces } from '../../contracts/read-models/workspaces.port.js';
import { EngineError, isEngineError } from '../../contracts/errors.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import type { ForgetKey } from '../credentials.port.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { ApiRoutes } from '../route-config.js';

export interface AccessRoutesDeps {
  readonly storeId: string;
  readonly commands: AccessCommands;
  readonly forgetKey: ForgetKey;
  readonly keys: ApiKeys;
  readonly workspaces: Workspaces;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

/** How long the answer to a new key waits for the key to be known. */
const KEY_WAIT_MS = 10_000;
const roleNames = Object.keys(roles) as [Role, ...Role[]]; // the catalogue of roles is not empty
const newKey = z.strictObject({
  name: z.string().min(1).max(200),
  source: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/)
    .refine((source) => source !== 'cebe', 'expected a source other than cebe, which is the engine’s'),
  role: z.enum(roleNames).optional(),
  scopes: z.array(z.string().refine(isScope, 'expected the name of a scope')).max(100).optional(),
});
const keyView = z.object({
  key_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  source: z.string(),
  scopes: z.array(z.string()),
  role: z.string().optional(),
  created_at: z.string(),
  revoked_at: z.string().optional(),
});
const settingsChange = z.strictObject({
  time_zone: z.string().max(64).optional(),
  unknown_types: z.enum(unknownTypePolicies).optional(),
  default_country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  postal_address: z.string().max(1_000).optional(),
  opt_in_required: z.boolean().optional(),
});
const settingsView = settingsChange.extend({ workspace: z.string(), name: z.string(), as_of: asOfSchema });
const position = z.object({ position: z.string() });
const consistency = z.strictObject(consistencyQuery);

/** `/v1/keys` and `/v1/workspace`: who may come in, and how the workspace is set. */
export function accessRoutes(deps: AccessRoutesDeps): ApiRoutes {
  const encode = (at: bigint): string => encodePosition(deps.storeId, at);
  return (api) => {
    api.post(
      '/v1/keys',
      {
        config: { access: 'keys:write', idempotency: 'off' },
        schema: { body: newKey, response: { 201: position.extend({ key_id: z.string(), key: z.string() }) } },
      },
      async (request, reply) => {
        const { role, scopes, ...key } = request.body;
        const asked = {
          ...key,
          ...(role === undefined ? {} : { role }),
          ...(scopes === undefined ? {} : { scopes: scopes.filter(isScope) }),
        };
        const created = await deps.commands.createKey(asked, commandContextOf(request, deps.clock));
        const position = encode(created.position);
        await untilKnown(deps.reads, position);
        return reply.code(201).send({ ...created, position });
      },
    );
    api.get(
      '/v1/keys',
      {
        config: { access: 'keys:read' },
        schema: { querystring: consistency, response: { 200: z.object({ data: z.array(keyView), as_of: asOfSchema }) } },
      },
      async (request) => {
        const as_of = await deps.reads.of('api-keys', request.query);
        const data = await deps.keys.list(principalOf(request).workspace);
        return { data: data.map((key) => ({ ...key, scopes: [...key.scopes] })), as_of };
      },
    );
    api.delete(
      '/v1/keys/:id',
      {
        config: { access: 'keys:write' },
        schema: { params: z.strictObject({ id: z.string().max(128) }), response: { 200: position } },
      },
      async (request) => {
        const revoked = await deps.commands.revokeKey(request.params.id, commandContextOf(request, deps.clock));
        deps.forgetKey(principalOf(request).workspace, request.params.id);
        return { position: encode(revoked) };
      },
    );
    api.get(
      '/v1/workspace',
      { config: { access: 'workspace:read' }, schema: { querystring: consistency, response: { 200: settingsView } } },
      async (request) => {
        const as_of = await deps.reads.of('workspaces', request.query);
        const { workspace } = principalOf(request);
        const settings = await deps.workspaces.settingsOf(workspace);
        if (settings === null) throw new EngineError('not_found', `Expected the workspace ${workspace} to exist; it does not.`);
        return { ...settings, workspace, as_of };
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

/** A key can be used as soon as it is answered. One that is late is answered all the same: its text is known at no other moment. */
async function untilKnown(reads: ReadConsistency, position: string): Promise<void> {
  try {
    await reads.of('api-keys', { min_position: position, wait_ms: KEY_WAIT_MS });
  } catch (error) {
    if (!isEngineError(error, 'projection_behind')) throw error;
  }
}
