import type { EventContract } from './events/event-contract.js';
import type { JsonObject } from './json.js';
import { wireExample } from './schema-export.js';

/** A whole event of a pushed type as a module sends it, made of its contract's example. */
export function eventExample(contract: EventContract): JsonObject {
  const { type, streamField } = contract;
  return {
    type,
    message_id: `example-${type}`,
    ...(streamField === undefined ? { customer: { qontak_customer_id: '70012' } } : {}),
    // Examples are JSON without nulls; a test pushes each.
    properties: wireExample(contract) as JsonObject,
  };
}

/** A command that pushes the example, to be copied into a shell that has CEBE_URL and CEBE_API_KEY. */
export function curlExample(contract: EventContract): string {
  const body = JSON.stringify({ events: [eventExample(contract)] }, null, 2).replaceAll("'", '\\u0027');
  return [
    `curl -s "$CEBE_URL/v1/events" -H "authorization: Bearer $CEBE_API_KEY" -H 'content-type: application/json' \\`,
    `  -d '${body}'`,
  ].join('\n');
}
