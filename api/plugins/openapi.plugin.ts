import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Api } from '../route-config.js';

/** Describes the routes added after it as OpenAPI 3.1, at /openapi.json, with a page to read and try them at /docs. */
export function describeApi(api: Api, version: string): void {
  api.register(swagger, {
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
  api.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  api.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(api.swagger()));
}
