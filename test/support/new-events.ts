import { randomUUID } from 'node:crypto';
import type { NewEvent, RecordedEvent } from '../../contracts/events/event.js';
import type { SubscriptionMessage } from '../../stores/event-store/event-store.port.js';

let made = 0;

/** A new event with an id of its own; what differs is given. */
export function newEvent(different: Partial<NewEvent> = {}): NewEvent {
  made += 1;
  const time = '2026-11-22T10:00:00.000Z';
  return {
    id: randomUUID(),
    type: 'order_created',
    data: { plain: { order_id: `o-${String(made)}`, amount_minor: made, currency: 'USD' }, hashes: {}, sealed: [] },
    metadata: {
      workspace_id: 'w1',
      message_id: `m-${String(made)}`,
      source: 'tests',
      schema_version: 1,
      occurred_at: time,
      received_at: time,
      correlation_id: randomUUID(),
      causation_id: randomUUID(),
      actor: 'key:tests',
    },
    ...different,
  };
}

/** As many new events as asked for. */
export function newEvents(count: number): readonly NewEvent[] {
  return Array.from({ length: count }, () => newEvent());
}

/** Everything an iteration gives, up to `limit` items. */
export async function collect<Item>(items: AsyncIterable<Item>, limit = Infinity): Promise<Item[]> {
  const collected: Item[] = [];
  if (limit <= 0) return collected;
  for await (const item of items) {
    collected.push(item);
    if (collected.length >= limit) break;
  }
  return collected;
}

/** The ids of events, for comparing what was read with what was written. */
export function idsOf(events: readonly { readonly id: string }[]): readonly string[] {
  return events.map((event) => event.id);
}

/** The events among a subscription's messages. */
export function eventsOf(messages: readonly SubscriptionMessage[]): readonly RecordedEvent[] {
  return messages.flatMap((message) => (message.kind === 'event' ? [message.event] : []));
}

/** How far a subscription's message says that everything was delivered. */
export function positionOf(message: SubscriptionMessage): bigint {
  return message.kind === 'event' ? message.event.position : message.position;
}

/** Reads a subscription until `enough`, then aborts it and answers what came. */
export async function until(
  subscribe: (signal: AbortSignal) => AsyncIterable<SubscriptionMessage>,
  enough: (message: SubscriptionMessage, messages: readonly SubscriptionMessage[]) => boolean,
): Promise<readonly SubscriptionMessage[]> {
  const stop = new AbortController();
  const messages: SubscriptionMessage[] = [];
  for await (const message of subscribe(stop.signal)) {
    messages.push(message);
    if (enough(message, messages)) stop.abort();
  }
  return messages;
}
