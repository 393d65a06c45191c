import { embeddedDocumentStorePlace } from '../support/embedded-document-store-place.js';
import { describeDocumentStore } from './document-store.suite.js';

describeDocumentStore('the embedded document store', embeddedDocumentStorePlace);
