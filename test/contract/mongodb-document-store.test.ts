import { describe, it } from '@jest/globals';
import { mongoServerDocumentStorePlace, mongoStandInDocumentStorePlace } from '../support/mongodb-document-store-place.js';
import { describeDocumentStore } from './document-store.suite.js';

describeDocumentStore('MongoDB, on the stand-in,', mongoStandInDocumentStorePlace);

const url = process.env['TEST_MONGODB_URL'];
if (url !== undefined) describeDocumentStore('MongoDB, on a server,', () => mongoServerDocumentStorePlace(url));
else
  describe('MongoDB, on a server, as a document store', () => {
    it.skip('is tested when TEST_MONGODB_URL names one; test/README.md says how to start one', () => undefined);
  });
