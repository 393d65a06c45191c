import { findContract } from '../../../contracts/events/event-contracts.js';

/** Names of Segment's published specs whose events have another name here; all others follow from the words themselves. */
const published: Readonly<Record<string, string>> = {
  'order completed': 'order_created',
  'live chat conversation started': 'chat_started',
  'live chat message received': 'chat_message_received',
  'live chat conversation ended': 'chat_closed',
};

/**
 * The event type that a tracked name stands for: a declared type by its own name, a published name by its contract, any other in snake_case
 * (`Signed Up`, `signedUp` and `signed-up` are `signed_up`). Empty for a name without a Latin letter or digit.
 */
export function eventTypeOf(name: string): string {
  const trimmed = name.trim();
  if (findContract(trimmed) !== undefined) return trimmed;
  const known = trimmed.toLowerCase().replace(/[\s_-]+/g, ' ');
  return Object.hasOwn(published, known) ? (published[known] ?? '') : snakeCase(trimmed);
}

function snakeCase(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_');
  return /^[0-9]/.test(words) ? `event_${words}` : words;
}
