import { describe, it } from '@jest/globals';
import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';
import { embeddedEventStorePlace } from '../support/embedded-event-store-place.js';
import { eventPinsPlace } from '../support/event-pins-place.js';
import { serverEventStorePlace, standInEventStorePlace } from '../support/eventstoredb-stand-in/place.js';
import { mongoServerDocumentStorePlace, mongoStandInDocumentStorePlace } from '../support/mongodb-document-store-place.js';
import { describeEventPins } from './event-pins.suite.js';

describeEventPins('Documents, in the embedded stores,', async () =>
  eventPinsPlace(await embeddedEventStorePlace(), await embeddedDocumentStorePlace()),
);

describeEventPins('Documents, in the stand-ins,', async () =>
  eventPinsPlace(await standInEventStorePlace(), await mongoStandInDocumentStorePlace()),
);

const { TEST_EVENTSTORE_URL: log, TEST_MONGODB_URL: documents } = process.env;
if (log !== undefined && documents !== undefined)
  describeEventPins('Documents, in servers,', async () =>
    eventPinsPlace(serverEventStorePlace(log), await mongoServerDocumentStorePlace(documents)),
  );
else
  describe('Documents, in servers, as event pins', () => {
    it.skip('are tested when TEST_EVENTSTORE_URL and TEST_MONGODB_URL are set', () => undefined);
  });
