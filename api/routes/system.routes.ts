import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { Api, ApiRoutes } from '../route-config.js';

/** One thing that must hold before requests are sent here. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}

export interface SystemDeps {
  readonly metrics: Registry;
  /** Looked at on each call of /readyz, so it must be quick. */
  readonly readiness: () => readonly ReadinessCheck[] | Promise<readonly ReadinessCheck[]>;
}

const checkSchema = z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() });
const readinessSchema = z.object({ status: z.enum(['ready', 'not_ready']), checks: z.array(checkSchema) });
const config = { access: 'public', quiet: true } as const;

/** `/livez` (the process answers), `/readyz` (it can do its work) and `/metrics` (Prometheus text). */
export function systemRoutes({ metrics, readiness }: SystemDeps): ApiRoutes {
  return (api: Api) => {
    api.get('/livez', { config, schema: { response: { 200: z.object({ status: z.literal('alive') }) } } }, () => ({
      status: 'alive' as const,
    }));
    api.get(
      '/readyz',
      { config, schema: { response: { 200: readinessSchema, 503: readinessSchema } } },
      async (_request, reply) => {
        const checks = (await readiness()).map((check) => ({ ...check }));
        const ready = checks.every((check) => check.ok);
        return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', checks });
      },
    );
    api.get('/metrics', { config, schema: { hide: true } }, async (_request, reply) => {
      return reply.type(metrics.contentType).send(await metrics.metrics());
    });
  };
}
