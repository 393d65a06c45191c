import { z } from 'zod';
import type { ImportCommands } from '../../commands/imports/imports.commands.js';
import type { Imports } from '../../contracts/read-models/imports.port.js';
import type { Clock } from '../../runtime/clock.js';
import { encodePosition } from '../../runtime/positions.js';
import { commandContextOf } from '../command-context.js';
import { principalOf } from '../plugins/authentication.plugin.js';
import type { ReadConsistency } from '../read-consistency.js';
import { asOfSchema, consistencyQuery } from '../queries/consistency.js';
import type { ApiRoutes } from '../route-config.js';

export interface ImportsRoutesDeps {
  readonly storeId: string;
  readonly commands: ImportCommands;
  readonly imports: Imports;
  readonly reads: ReadConsistency;
  readonly clock: Clock;
}

const counts = z.object({ received: z.int(), accepted: z.int(), duplicate: z.int(), quarantined: z.int() });
const importView = z.object({
  import_id: z.string(),
  state: z.enum(['open', 'finished']),
  label: z.string().optional(),
  shift_days: z.int().optional(),
  started_at: z.string(),
  finished_at: z.string().optional(),
  counts: counts.optional(),
});
const newImport = z.strictObject({ label: z.string().max(200).optional(), shift_days: z.int().optional() });
const params = z.strictObject({ id: z.string().max(128) });

/** `/v1/imports`: history is imported between a start and a finish; its events are folded without reactions. */
export function importsRoutes(deps: ImportsRoutesDeps): ApiRoutes {
  const encode = (position: bigint): string => encodePosition(deps.storeId, position);
  return (api) => {
    api.post(
      '/v1/imports',
      {
        config: { access: 'imports:write' },
        schema: { body: newImport, response: { 201: z.object({ import_id: z.string(), position: z.string() }) } },
      },
      async (request, reply) => {
        const { label, shift_days: shift } = request.body;
        const about = { ...(label === undefined ? {} : { label }), ...(shift === undefined ? {} : { shift_days: shift }) };
        const started = await deps.commands.start(about, commandContextOf(request, deps.clock));
        return reply.code(201).send({ import_id: started.import_id, position: encode(started.position) });
      },
    );
    api.post(
      '/v1/imports/:id/finish',
      { config: { access: 'imports:write' }, schema: { params, response: { 200: z.object({ counts, position: z.string() }) } } },
      async (request) => {
        const finished = await deps.commands.finish(request.params.id, {
          ...commandContextOf(request, deps.clock),
          by: 'requested',
        });
        return { counts: finished.counts, position: encode(finished.position) };
      },
    );
    api.get(
      '/v1/imports',
      {
        config: { access: 'imports:write' },
        schema: {
          querystring: z.strictObject({ ...consistencyQuery, label: z.string().max(200).optional() }),
          response: { 200: z.object({ data: z.array(importView), as_of: asOfSchema }) },
        },
      },
      async (request) => {
        const as_of = await deps.reads.of('imports', request.query);
        return { data: [...(await deps.imports.list(principalOf(request).workspace, request.query.label))], as_of };
      },
    );
  };
}
