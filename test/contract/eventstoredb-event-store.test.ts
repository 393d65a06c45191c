import { standInEventStorePlace } from '../support/eventstoredb-stand-in/place.js';
import { describeEventStore } from './event-store.suite.js';

describeEventStore('EventStoreDB as its stand-in plays it', standInEventStorePlace, { pins: 'elsewhere' });
