import type { StreamRef } from '../../contracts/events/streams.js';

/** Whose key seals the events of a stream: a customer's, a quarantine entry's or an erasure's own, else the workspace's. */
export function subjectOfStream(stream: StreamRef): string {
  if (stream.category === 'customer') return customerSubject(stream.id);
  if (stream.category === 'quarantine' || stream.category === 'erasure') return `${stream.category}/${stream.id}`;
  return 'workspace';
}

/** The vault subject of a customer. */
export function customerSubject(customerId: string): string {
  return `customer/${customerId}`;
}
