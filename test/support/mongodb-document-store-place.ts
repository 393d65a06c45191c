import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { openMongodbDocumentStore } from '../../stores/document-store/mongodb/open-mongodb-document-store.js';
import type { DocumentStorePlace } from '../contract/document-store.suite.js';
import { startMongoStandIn } from './mongo-stand-in.js';

/** A MongoDB on the stand-in, with nothing in it. */
export async function mongoStandInDocumentStorePlace(): Promise<DocumentStorePlace> {
  const standIn = await startMongoStandIn();
  return {
    open: (options) => openMongodbDocumentStore({ url: standIn.url, ...options }),
    dispose: () => standIn.dispose(),
  };
}

/** A database of its own on the server at the URL, dropped in the end. */
export async function mongoServerDocumentStorePlace(url: string): Promise<DocumentStorePlace> {
  const database = `cebe_test_${randomUUID().replaceAll('-', '')}`;
  return {
    open: (options) => openMongodbDocumentStore({ url, database, ...options }),
    dispose: async () => {
      const client = new MongoClient(url);
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
}
