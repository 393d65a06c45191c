import { eventExample } from './event-example.js';
import type { EventContract } from './events/event-contract.js';
import { listContracts } from './events/event-contracts.js';
import { exportSchemas, type JsonSchema } from './schema-export.js';

/** What AsyncAPI calls messages is named by these; a dot would not do in a component's name for every tool. */
function nameOf(type: string): string {
  return type.replaceAll('.', '_');
}

/** The events that modules push, as AsyncAPI 3.0: one channel, a message for each type with its schema and an example that can be sent. */
export function asyncapiDocument(version: string): JsonSchema {
  const contracts = listContracts().filter(({ intake }) => intake);
  const { event, bodies } = exportSchemas();
  const refs = (place: string): readonly JsonSchema[] => contracts.map(({ type }) => ({ $ref: `#/${place}/${nameOf(type)}` }));
  const tags = [...new Set(contracts.map(({ owner }) => owner))].sort().map((name) => ({ name }));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'CEBE events',
      version,
      description:
        'What modules push into the Customer Event-Based Engine. A request takes up to 2,500 events as `{"events": […]}` or as NDJSON, one a line, and answers with a receipt for each.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      contact: { name: 'CEBE', url: 'http://127.0.0.1:4000/docs' },
      tags,
    },
    id: 'urn:cebe:events',
    defaultContentType: 'application/json',
    servers: {
      engine: {
        host: '{host}',
        protocol: 'http',
        description: 'An engine, or what stands before it.',
        variables: { host: { default: '127.0.0.1:4000', description: 'Host and port of the engine.' } },
        security: [{ $ref: '#/components/securitySchemes/key' }],
      },
    },
    channels: {
      events: {
        address: '/v1/events',
        title: 'Events',
        description: 'Where modules push what happened.',
        messages: Object.fromEntries(
          contracts.map(({ type }) => [nameOf(type), { $ref: `#/components/messages/${nameOf(type)}` }]),
        ),
      },
    },
    operations: {
      pushEvents: {
        action: 'receive',
        channel: { $ref: '#/channels/events' },
        title: 'Push events',
        summary: 'Takes events; each is stored once, however often it is sent.',
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
        messages: refs('channels/events/messages'),
      },
    },
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key with the scope `ingest:write`.' } },
      messages: Object.fromEntries(contracts.map((contract) => [nameOf(contract.type), messageOf(contract)])),
      schemas: {
        Event: bare(event),
        ...Object.fromEntries(contracts.map(({ type }) => [nameOf(type), bare(bodies[type] ?? {})])),
      },
    },
  };
}

function messageOf(contract: EventContract): JsonSchema {
  const { type, purpose, owner, version } = contract;
  return {
    name: type,
    title: type,
    summary: purpose,
    description: `Version ${version}, owner ${owner}.`,
    contentType: 'application/json',
    tags: [{ name: owner }],
    payload: {
      allOf: [
        { $ref: '#/components/schemas/Event' },
        {
          type: 'object',
          required: ['properties'],
          properties: { type: { const: type }, properties: { $ref: `#/components/schemas/${nameOf(type)}` } },
        },
      ],
    },
    examples: [{ name: nameOf(type), summary: 'As it can be sent.', payload: eventExample(contract) }],
  };
}

/** A schema without its own id and dialect, which a document that embeds it has already. */
function bare(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}
