import { fastify, type RouteOptions } from 'fastify';
import { serializerCompiler, jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Api } from '../route-config.js';
import { validatorCompiler } from '../validation.js';

/** What an answer of the pages is taken over with; the rest belongs to the connection. */
const TAKEN_OVER = ['content-type', 'content-security-policy', 'cache-control', 'etag', 'last-modified', 'location'] as const;

/**
 * Describes the routes added after it as OpenAPI 3.1, at /openapi.json, with a page to read and try them at /docs. They are made when they
 * are first asked for, in an instance of their own: few starts need them, and making them is a tenth of a start.
 */
export function describeApi(api: Api, version: string): void {
  const routes: RouteOptions[] = [];
  api.addHook('onRoute', (route) => void routes.push(route));
  let made: Promise<Api> | undefined;
  api.addHook('onClose', async () => (await made)?.close());
  for (const url of ['/openapi.json', '/docs', '/docs/*']) {
    api.get(url, { schema: { hide: true } }, async (request, reply) => {
      const pages = await (made ??= openPages(routes, version));
      const { statusCode, headers, rawPayload } = await pages.inject({ url: request.url });
      if (statusCode === 404) {
        reply.callNotFound();
        return reply;
      }
      for (const name of TAKEN_OVER) if (headers[name] !== undefined) reply.header(name, headers[name]);
      return reply.code(statusCode).send(rawPayload);
    });
  }
}

async function openPages(routes: readonly RouteOptions[], version: string): Promise<Api> {
  const [swagger, swaggerUi] = await Promise.all([import('@fastify/swagger'), import('@fastify/swagger-ui')]);
  const pages: Api = fastify({ exposeHeadRoutes: false });
  pages.setValidatorCompiler(validatorCompiler);
  pages.setSerializerCompiler(serializerCompiler);
  pages.register(swagger.default, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CEBE',
        version,
        description: 'Customer Event-Based Engine',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer cebe_…`' },
          basic: { type: 'http', scheme: 'basic', description: 'The key as user name, without a password' },
        },
      },
      security: [{ bearer: [] }, { basic: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  pages.register(swaggerUi.default, { routePrefix: '/docs', staticCSP: true });
  pages.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(pages.swagger()));
  pages.register(async (described) => {
    for (const { method, url, schema } of routes) {
      if (schema !== undefined && 'hide' in schema) continue;
      described.route({ method, url, handler: (_request, reply) => reply.send(), ...(schema === undefined ? {} : { schema }) });
    }
  });
  return pages;
}
