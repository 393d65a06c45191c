import { LRUCache } from 'lru-cache';
import type { EventPins } from '../../stores/event-store/event-pins.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { findPinned } from './known-events.js';

/** Which sets of identifiers are recorded on their customers, by the id of their `customer.identified`. */
export interface RecordedSets {
  /** Those of the ids that are not known to be recorded. */
  missing(ids: readonly string[]): Promise<Set<string>>;
  add(id: string): void;
}

/** Remembers the sets recorded last; a forgotten one is looked up. A pin alone does not prove that the event was stored. */
export function createRecordedSets(options: {
  readonly eventStore: EventStore;
  readonly pins: EventPins;
  readonly cachedSets: number;
}): RecordedSets {
  const recorded = new LRUCache<string, true>({ max: options.cachedSets });
  return {
    async missing(ids) {
      const unseen = [...new Set(ids)].filter((id) => !recorded.has(id));
      if (unseen.length === 0) return new Set();
      const pins = await options.pins.lookUp(unseen);
      await Promise.all(
        [...pins.values()].map(async (pin) => {
          if ((await findPinned(options.eventStore, pin)) !== null) recorded.set(pin.event_id, true);
        }),
      );
      return new Set(unseen.filter((id) => !recorded.has(id)));
    },
    add(id) {
      recorded.set(id, true);
    },
  };
}
