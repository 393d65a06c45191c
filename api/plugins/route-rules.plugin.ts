import type { RouteOptions } from 'fastify';
import { z } from 'zod';
import { isScope } from '../../contracts/access.js';
import { problemSchema } from '../problems/problem.js';
import type { Api } from '../route-config.js';

const problemResponse = { description: 'Problem', content: { 'application/problem+json': { schema: problemSchema } } };

/**
 * Holds each route to the house rules while the API is built: it names its access, it refuses what it does not know unless it says
 * `loose`, and its problems are documented. A route that breaks a rule stops the start.
 */
export function holdRoutesToRules(api: Api): void {
  api.addHook('onRoute', (route) => {
    const { access, loose } = route.config ?? {};
    if (access === undefined) throw new Error(`${nameOf(route)} names no access: a scope, or 'public'`);
    if (access !== 'public' && !isScope(access)) throw new Error(`${nameOf(route)}: there is no scope ${access}`);
    const schema = route.schema ?? {};
    if (loose !== true) {
      schema.querystring ??= z.strictObject({});
      for (const part of ['body', 'querystring'] as const) {
        if (isOpenObject(schema[part]))
          throw new Error(`${nameOf(route)}: its ${part} must be a z.strictObject, or the route loose`);
      }
    }
    // The type of `response` is unknown; route files write an object of schemas by status.
    const response = (schema.response ?? {}) as Record<string, unknown>;
    route.schema = { ...schema, response: { ...response, '4xx': problemResponse, '5xx': problemResponse } };
    if (access === 'public') route.schema.security = [];
  });
}

function isOpenObject(schema: unknown): boolean {
  if (!(schema instanceof z.ZodObject)) return false;
  return !(schema.def.catchall instanceof z.ZodNever);
}

function nameOf(route: RouteOptions): string {
  return `${String(route.method)} ${route.url}`;
}
