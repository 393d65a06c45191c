import type { Position } from '../../../contracts/events/event.js';
import type { StoredMessage } from '../../../contracts/read-models/messages.port.js';

/** The messages that a driver is at, and those whose documents do not show yet what it recorded. */
export interface InHand {
  has(message: StoredMessage): boolean;
  take(message: StoredMessage): void;
  /** Done, with what was recorded last; null: nothing was. */
  release(message: StoredMessage, position: Position | null): void;
  /** Not to be taken again before the instant (ms). */
  rest(message: StoredMessage, until: number): void;
  /** The position of the newest record. */
  lastPosition(): Position;
  /** Forgets what the documents include by now. */
  prune(included: Position): void;
  size(): number;
}

type Held =
  | { readonly kind: 'working' }
  | { readonly kind: 'recorded'; readonly position: Position }
  | { readonly kind: 'resting'; readonly until: number };

/** Nothing in hand. */
export function createInHand(clock: () => number): InHand {
  const held = new Map<string, Held>();
  let last: Position = -1n;

  function isOver(message: StoredMessage, entry: Held): boolean {
    switch (entry.kind) {
      case 'working':
        return false;
      case 'recorded':
        return message.position >= entry.position;
      case 'resting':
        return clock() >= entry.until;
    }
  }

  return {
    has(message) {
      const entry = held.get(message.customer_id);
      if (entry === undefined) return false;
      if (!isOver(message, entry)) return true;
      held.delete(message.customer_id);
      return false;
    },
    take: ({ customer_id }) => void held.set(customer_id, { kind: 'working' }),
    release({ customer_id }, position) {
      if (position === null) held.delete(customer_id);
      else held.set(customer_id, { kind: 'recorded', position });
      if (position !== null && position > last) last = position;
    },
    rest: ({ customer_id }, until) => void held.set(customer_id, { kind: 'resting', until }),
    lastPosition: () => last,
    prune(included) {
      for (const [customer, entry] of held) if (entry.kind === 'recorded' && entry.position <= included) held.delete(customer);
    },
    size: () => held.size,
  };
}
