import { afterEach, beforeEach, describe } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventPins } from '../../stores/event-store/event-pins.port.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { describeAppends } from './event-store-appends.suite.js';
import { describeClosing } from './event-store-closing.suite.js';
import { describePins } from './event-store-pins.suite.js';
import { describeReads } from './event-store-reads.suite.js';
import { describeRepeats } from './event-store-repeats.suite.js';
import { describeSubscriptions } from './event-store-subscriptions.suite.js';
import type { StoreUnderTest } from './event-store-under-test.js';

/** An event store together with the pins that go with it. */
export interface OpenedStore {
  readonly store: EventStore;
  /** Absent for a log whose pins live in the document store. */
  readonly pins?: EventPins;
}

/** A place that holds one log, empty or not: each opening of it finds what the last one left. */
export interface EventStorePlace {
  open(): Promise<OpenedStore>;
  dispose(): Promise<void>;
}

/** Where the pins are that go with a log: in the log itself, or elsewhere and tested there. */
export interface SuiteOptions {
  readonly pins: 'in_the_log' | 'elsewhere';
}

/** What every event store must do, whatever holds its log; positions are compared, never counted. */
export function describeEventStore(
  name: string,
  place: () => Promise<EventStorePlace>,
  { pins }: SuiteOptions = { pins: 'in_the_log' },
): void {
  describe(`${name} as an event store`, () => {
    let here: EventStorePlace;
    let opened: OpenedStore;

    beforeEach(async () => {
      here = await place();
      opened = await here.open();
    });

    afterEach(async () => {
      await opened.store.close();
      await here.dispose();
    });

    const underTest: StoreUnderTest = {
      store: () => opened.store,
      pins: () => {
        if (opened.pins === undefined) throw new Error(`${name} was opened without pins`);
        return opened.pins;
      },
      restart: async () => {
        await opened.store.close();
        opened = await here.open();
      },
      newStream: (category = 'customer') => `${category}-w1.${randomUUID()}`,
    };
    describeAppends(underTest);
    describeRepeats(underTest);
    describeReads(underTest);
    describeSubscriptions(underTest);
    if (pins === 'in_the_log') describePins(underTest);
    describeClosing(underTest);
  });
}
