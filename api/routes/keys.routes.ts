import { z } from 'zod';
import { isScope, roles, type Role } from '../../contracts/access.js';
import type { AccessCommands } from '../../commands/access/access.commands.js';
import type { ApiKeys } from '../../contracts/read-models/api-keys.port.js';
import { isEngineError } from '../../contracts/errors.js';
import { isoInstant, type Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { isAddressRange } from '../address-ranges.js';
import { commandContextOf } from '../command-context.js';
import type { ForgetKey, KeyUses } from '../credentials.port.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import type { ReadConsistency } from '../read-consistency.js';
import type { Api, ApiRoutes } from '../route-config.js';

export interface KeysRoutesDeps {
  readonly storeId: string;
  readonly commands: Pick<AccessCommands, 'createKey' | 'rotateKey' | 'revokeKey'>;
  readonly forgetKey: ForgetKey;
  readonly keys: ApiKeys;
  readonly uses: Pick<KeyUses, 'of'>;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

/** How long the answer to a new key waits for the key to be known. */
const KEY_WAIT_MS = 10_000;
const DAY_S = 86_400;
const MOST_OVERLAP_S = 30 * DAY_S;
const roleNames = Object.keys(roles) as [Role, ...Role[]]; // the catalogue of roles is not empty
const range = z.string().refine(isAddressRange, 'expected an IP address or a CIDR range such as 203.0.113.0/24');
const expiry = z.iso.datetime({ offset: true }).optional().describe('From when on the key is refused');
const newKey = z.strictObject({
  name: z.string().min(1).max(200),
  source: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/)
    .refine((source) => source !== 'cebe', 'expected a source other than cebe, which is the engine’s'),
  role: z.enum(roleNames).optional(),
  scopes: z.array(z.string().refine(isScope, 'expected the name of a scope')).max(100).optional(),
  expires_at: expiry,
  allowed_addresses: z.array(range).min(1).max(100).optional().describe('IP addresses and CIDR ranges that it is taken from'),
});
const rotation = z.strictObject({
  overlap_s: z.int().min(0).max(MOST_OVERLAP_S).default(DAY_S).describe('For how long the old key is still taken'),
  expires_at: expiry,
});
const keyView = z.object({
  key_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  source: z.string(),
  scopes: z.array(z.string()),
  role: z.string().optional(),
  created_at: z.string(),
  expires_at: z.string().optional(),
  allowed_addresses: z.array(z.string()).optional(),
  replaces: z.string().optional(),
  replaced_by: z.string().optional(),
  revoked_at: z.string().optional(),
  last_used_at: z.string().optional().describe('At most a minute behind'),
});
const position = z.object({ position: z.string() });
const made = position.extend({ key_id: z.string(), key: z.string() });
const params = z.strictObject({ id: z.string().max(128) });

/** `/v1/keys`: who may come in. */
export function keysRoutes(deps: KeysRoutesDeps): ApiRoutes {
  return (api) => {
    addMaking(api, deps);
    addList(api, deps);
    api.delete(
      '/v1/keys/:id',
      { config: { access: 'keys:write' }, schema: { params, response: { 200: position } } },
      async (request) => {
        const revoked = await deps.commands.revokeKey(request.params.id, commandContextOf(request, deps.clock));
        deps.forgetKey(principalOf(request).workspace, request.params.id);
        return { position: encodePosition(deps.storeId, revoked) };
      },
    );
  };
}

function addMaking(api: Api, deps: KeysRoutesDeps): void {
  const config = { access: 'keys:write', idempotency: 'off' } as const;
  api.post('/v1/keys', { config, schema: { body: newKey, response: { 201: made } } }, async (request, reply) => {
    const { role, scopes, expires_at: expires, allowed_addresses: allowedAddresses, ...key } = request.body;
    const asked = {
      ...key,
      held: principalOf(request).scopes,
      ...(role === undefined ? {} : { role }),
      ...(scopes === undefined ? {} : { scopes: scopes.filter(isScope) }),
      ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
      ...expiryOf(expires),
    };
    const created = await deps.commands.createKey(asked, commandContextOf(request, deps.clock));
    const position = encodePosition(deps.storeId, created.position);
    await untilKnown(deps.reads, position);
    return reply.code(201).send({ ...created, position });
  });
  const schema = { params, body: rotation, response: { 201: made } };
  api.post('/v1/keys/:id/rotate', { config, schema }, async (request, reply) => {
    const { overlap_s: overlap, expires_at: expires } = request.body;
    const oldUntil = isoInstant(deps.clock() + overlap * 1_000);
    const asked = { oldUntil, held: principalOf(request).scopes, ...expiryOf(expires) };
    const created = await deps.commands.rotateKey(request.params.id, asked, commandContextOf(request, deps.clock));
    const position = encodePosition(deps.storeId, created.position);
    await untilKnown(deps.reads, position);
    // What is remembered of it does not say yet when it ends.
    if (overlap === 0) deps.forgetKey(principalOf(request).workspace, request.params.id);
    return reply.code(201).send({ ...created, position });
  });
}

function addList(api: Api, { reads, keys, uses }: KeysRoutesDeps): void {
  const response = { 200: z.object({ data: z.array(keyView), as_of: asOfSchema }) };
  const schema = { querystring: z.strictObject(consistencyQuery), response };
  api.get('/v1/keys', { config: { access: 'keys:read' }, schema }, async (request) => {
    const as_of = await reads.of('api-keys', request.query);
    const { workspace } = principalOf(request);
    const [found, used] = await Promise.all([keys.list(workspace), uses.of(workspace)]);
    const data = found.map(({ scopes, allowed_addresses: allowed, ...key }) => {
      const at = used.get(key.key_id);
      return {
        ...key,
        scopes: [...scopes],
        ...(allowed === undefined ? {} : { allowed_addresses: [...allowed] }),
        ...(at === undefined ? {} : { last_used_at: at }),
      };
    });
    return { data, as_of };
  });
}

function expiryOf(expires: string | undefined): { readonly expiresAt?: string } {
  return expires === undefined ? {} : { expiresAt: isoInstant(Date.parse(expires)) };
}

/** A key can be used as soon as it is answered. One that is late is answered all the same: its text is known at no other moment. */
async function untilKnown(reads: ReadConsistency, position: string): Promise<void> {
  try {
    await reads.of('api-keys', { min_position: position, wait_ms: KEY_WAIT_MS });
  } catch (error) {
    if (!isEngineError(error, 'projection_behind')) throw error;
  }
}
