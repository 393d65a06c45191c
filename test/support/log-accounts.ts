import { expect } from '@jest/globals';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import type { Acknowledged } from './event-driver.js';

/** Every acknowledged event is in the log once, where its receipt says, and nothing else of the source is. */
export function expectAcknowledgedOnce(log: readonly RecordedEvent[], acknowledged: ReadonlyMap<string, Acknowledged>): void {
  const pushed = log.filter(({ metadata, stream }) => metadata.source === 'owner' && stream.startsWith('customer-'));
  const found = pushed.map(({ id, type, stream, metadata }) => [metadata.message_id, type, id, parseStreamName(stream)?.id]);
  const receipts = [...acknowledged.values()].map(({ event, eventId, customerId }) => [
    event.message_id,
    event.type,
    eventId,
    customerId,
  ]);
  expect(found.sort(byFirst)).toEqual(receipts.sort(byFirst));
}

/** Each identifier was claimed once, and events that name nothing but an address are all with the owner of that address. */
export function expectOneOwnerEach(log: readonly RecordedEvent[], acknowledged: ReadonlyMap<string, Acknowledged>): void {
  const claims = log.filter(({ type }) => type === 'identity.claimed');
  expect(claims.length).toBe(new Set(claims.map(({ stream }) => stream)).size);
  const owners = new Map<string, Set<string>>();
  for (const { event, customerId } of acknowledged.values()) {
    const { qontak_customer_id: named, identifiers } = event.customer;
    if (named !== undefined) expect(customerId).toBe(named);
    else if (identifiers !== undefined)
      owners.set(identifiers.email, (owners.get(identifiers.email) ?? new Set()).add(customerId));
  }
  expect([...owners].filter(([, of]) => of.size > 1)).toEqual([]);
}

function byFirst(one: readonly unknown[], other: readonly unknown[]): number {
  return String(one[0]).localeCompare(String(other[0]));
}
