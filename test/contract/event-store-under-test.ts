import type { EventPins } from '../../stores/event-store/event-pins.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';

/** What the parts of the suite work with. */
export interface StoreUnderTest {
  readonly store: () => EventStore;
  readonly pins: () => EventPins;
  /** Closes the store and opens it again. */
  readonly restart: () => Promise<void>;
  /** A stream of a category that no other test uses. */
  readonly newStream: (category?: string) => string;
}
