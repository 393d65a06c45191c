import { fastify, type RouteOptions } from 'fastify';
import { serializerCompiler, jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { asyncapiDocument } from '../../contracts/asyncapi.js';
import { ingestLimits, intakeEventSchema } from '../../contracts/ingest.js';
import { eventsReferenceHtml } from '../../contracts/reference-html.js';
import { annotate } from '../openapi/annotate.js';
import { complete, operationIdOf } from '../openapi/complete.js';
import { summaries } from '../openapi/summaries.js';
import { sendPage } from '../pages/page.js';
import type { Api } from '../route-config.js';
import { validatorCompiler } from '../validation.js';

/** What an answer of the pages is taken over with; the rest belongs to the connection. */
const TAKEN_OVER = ['content-type', 'content-security-policy', 'cache-control', 'etag', 'last-modified', 'location'] as const;

/** Without `upgrade-insecure-requests`, under which a page that was read over http would load nothing. */
const DOCS_POLICY =
  "default-src 'self'; base-uri 'self'; font-src 'self' data:; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'; " +
  "script-src 'self'; style-src 'self' 'unsafe-inline'; form-action 'self'";

/** The route itself has no schema of its body: it takes entry by entry, and one that is wrong costs none of the others. */
const intakeBody = z.strictObject({ events: z.array(intakeEventSchema).max(ingestLimits.eventsPerRequest) });

/**
 * Describes the routes added after it as OpenAPI 3.1, at /openapi.json, with a page to read and try them at /docs; and the events that
 * modules push as AsyncAPI 3.0, at /asyncapi.json, with a page at /docs/events. They are made when they are first asked for, in an instance of their own: few starts need them, and making them is a tenth of a start.
 */
export function describeApi(api: Api, version: string): void {
  const routes: RouteOptions[] = [];
  api.addHook('onRoute', (route) => void routes.push(route));
  let made: Promise<Api> | undefined;
  api.addHook('onClose', async () => (await made)?.close());
  api.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  for (const url of ['/openapi.json', '/asyncapi.json', '/docs', '/docs/*']) {
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
        contact: { name: 'CEBE' },
      },
      servers: [{ url: '/', description: 'The engine that answered this.' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer cebe_…`' },
          basic: { type: 'http', scheme: 'basic', description: 'The key as user name, without a password' },
        },
      },
      security: [{ bearer: [] }, { basic: [] }],
      tags: [...new Set(Object.keys(summaries).map((key) => tagOf(key.slice(key.indexOf('/')))))].map((name) => ({ name })),
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => {
      const made = jsonSchemaTransformObject(document);
      annotate(made);
      complete(made);
      return made;
    },
  });
  pages.register(swaggerUi.default, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
    theme: { title: 'CEBE – every call' },
    // The plain layout has no bar with the generator's name.
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      defaultModelsExpandDepth: -1,
      displayRequestDuration: true,
      tryItOutEnabled: true,
    },
  });
  pages.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(pages.swagger()));
  pages.get('/asyncapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(asyncapiDocument(version)));
  pages.get('/docs/events', { schema: { hide: true } }, (_request, reply) =>
    sendPage(reply, { title: 'CEBE – every event', body: eventsReferenceHtml() }),
  );
  pages.register(async (described) => {
    for (const route of routes) {
      if (route.method === 'HEAD' || (route.schema !== undefined && 'hide' in route.schema)) continue;
      const { method, url } = route;
      described.route({ method, url, handler: (_request, reply) => reply.send(), schema: schemaOf(route) });
    }
  });
  return pages;
}

/** What the route says of itself, and what its path, scope and name say to a reader. */
function schemaOf({ method, url, schema, config }: RouteOptions): RouteOptions['schema'] & object {
  const key = `${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`;
  const scope = config?.access ?? 'public';
  return {
    ...schema,
    ...(key === 'POST /v1/events' ? { body: intakeBody } : {}),
    tags: [tagOf(url)],
    operationId: operationIdOf(key),
    ...(key in summaries ? { summary: summaries[key] } : {}),
    description: scope === 'public' ? 'Needs no key.' : `Needs a key with the scope \`${scope}\`.`,
  };
}

/** `/v1/campaign-runs/…` is of "Campaign runs". */
function tagOf(url: string): string {
  const [, version, noun = ''] = url.split('/');
  if (version !== 'v1') return 'Engine';
  return `${noun.charAt(0).toUpperCase()}${noun.slice(1).replaceAll('-', ' ')}`;
}
