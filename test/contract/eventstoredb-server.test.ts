import { describe, it } from '@jest/globals';
import { serverEventStorePlace } from '../support/eventstoredb-stand-in/place.js';
import { describeEventStore } from './event-store.suite.js';

const url = process.env.TEST_EVENTSTORE_URL ?? '';

if (url !== '') {
  describeEventStore('an EventStoreDB server', () => Promise.resolve(serverEventStorePlace(url)), { pins: 'elsewhere' });
} else {
  describe('an EventStoreDB server as an event store', () => {
    it.skip('is tested when TEST_EVENTSTORE_URL names one; test/README.md says how to start one', () => undefined);
  });
}
