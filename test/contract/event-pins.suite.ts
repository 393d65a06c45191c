import { afterEach, beforeEach, describe } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventPins } from '../../stores/event-store/event-pins.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { describePins } from './event-store-pins.suite.js';

/** Pins beside the log whose ids they are, as one process opened them. */
export interface OpenedPins {
  readonly store: EventStore;
  readonly pins: EventPins;
  close(): Promise<void>;
}

/** A log and its pins: each opening finds what the last one left. */
export interface EventPinsPlace {
  open(): Promise<OpenedPins>;
  dispose(): Promise<void>;
}

/** What all pins must do, for those that are not a part of their log. */
export function describeEventPins(name: string, place: () => Promise<EventPinsPlace>): void {
  describe(`${name} as event pins`, () => {
    let here: EventPinsPlace;
    let opened: OpenedPins;

    beforeEach(async () => {
      here = await place();
      opened = await here.open();
    });

    afterEach(async () => {
      await opened.close();
      await here.dispose();
    });

    describePins({
      store: () => opened.store,
      pins: () => opened.pins,
      restart: async () => {
        await opened.close();
        opened = await here.open();
      },
      newStream: (category = 'customer') => `${category}-w1.${randomUUID()}`,
    });
  });
}
