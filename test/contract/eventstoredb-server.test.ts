import { describe, it } from '@jest/globals';
import { serverEventStorePlace } from '../support/eventstoredb-stand-in/place.js';
import { describeEventStore } from './event-store.suite.js';

const url = process.env.TEST_EVENTSTORE_URL ?? '';

if (url !== '') {
  describeEventStore('an EventStoreDB server', () => Promise.resolve(serverEventStorePlace(url)), { pins: 'elsewhere' });
} else {
  describe('an EventStoreDB server as an event store', () => {
    it.skip('skipped: TEST_EVENTSTORE_URL is not set, as in TEST_EVENTSTORE_URL=esdb://localhost:2113?tls=false npm test', () =>
      undefined);
  });
}
