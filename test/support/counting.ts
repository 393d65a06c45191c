import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { NewEvent } from '../../contracts/events/event.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import type { Projection } from '../../runtime/projection.js';

/** What the counting projection keeps of a customer. */
export type Counted = {
  readonly count: number;
  readonly sum: number;
  readonly seen: readonly string[];
  readonly revision: string;
};

/** An event that adds `amount`; with `poison`, one that the projection cannot fold while `bug.on`. */
export function added(amount: number, extra: { readonly poison?: boolean } = {}): Partial<NewEvent> {
  const plain = extra.poison === true ? { amount, poison: true } : { amount };
  return { type: 'thing_added', data: { plain, hashes: {}, sealed: [] } };
}

/** The bug that tests switch on and off. */
export interface Bug {
  on: boolean;
}

/** Counts and sums per customer, and remembers each event it folded, so that twice would show. */
export function countingProjection(bug: Bug = { on: false }, different: Partial<Projection<Counted>> = {}): Projection<Counted> {
  return {
    name: 'counting',
    version: 1,
    categories: ['customer', 'segment'],
    handles: ['thing_added', 'vip_entered', 'vip_exited', 'rule_changed'],
    opensQuasi: true,
    indexes: [],
    keys: (event) => (event.stream.category === 'customer' ? [`${event.stream.workspace}/${event.stream.id}`] : []),
    evolve(document, event) {
      if (bug.on && event.data['poison'] === true) throw new Error('cannot fold this');
      return count(document, event);
    },
    ...different,
  };
}

function count(document: Counted | null, event: DecodedEvent): Counted {
  const before = document ?? { count: 0, sum: 0, seen: [], revision: '-1' };
  const amount = event.data['amount'];
  return {
    count: before.count + 1,
    sum: before.sum + (typeof amount === 'number' ? amount : 0),
    seen: [...before.seen, `${event.type}:${event.revision.toString()}`],
    revision: event.revision.toString(),
  };
}

/** The document of a customer. */
export async function counted(documentStore: DocumentStore, collection: string, customer: string): Promise<Counted | null> {
  // Only countingProjection writes these collections.
  return ((await documentStore.get(collection, `w1/${customer}`))?.body ?? null) as Counted | null;
}
