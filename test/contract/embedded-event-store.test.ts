import { embeddedEventStorePlace } from '../support/embedded-event-store-place.js';
import { describeEventStore } from './event-store.suite.js';

describeEventStore('the embedded event store', embeddedEventStorePlace);
