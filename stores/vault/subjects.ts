import type { StreamRef } from '../../contracts/events/streams.js';

/** Whose key seals the events of a stream: a customer's, a quarantine entry's own, else the workspace's. */
export function subjectOfStream(stream: StreamRef): string {
  if (stream.category === 'customer') return customerSubject(stream.id);
  if (stream.category === 'quarantine') return `quarantine/${stream.id}`;
  return 'workspace';
}

/** The vault subject of a customer. */
export function customerSubject(customerId: string): string {
  return `customer/${customerId}`;
}
