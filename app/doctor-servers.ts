import { openMongodbDocumentStore } from '../stores/document-store/mongodb/open-mongodb-document-store.js';
import { pingEventStoreDb } from '../stores/event-store/eventstoredb/ping.js';
import type { ServersConfig } from './config.js';
import type { CheckResult } from './doctor-check.js';

/** Whether each server answers; nothing is made or changed there. */
export async function checkServers({ eventStoreUrl, mongodbUrl }: ServersConfig): Promise<readonly CheckResult[]> {
  return Promise.all([
    answers('EVENTSTORE_URL', () => pingEventStoreDb(eventStoreUrl)),
    answers('MONGODB_URL', async () => {
      const store = await openMongodbDocumentStore({ url: mongodbUrl });
      try {
        return `with ${String((await store.listCollections()).length)} collections of documents`;
      } finally {
        await store.close();
      }
    }),
  ]);
}

async function answers(name: string, ask: () => Promise<string>): Promise<CheckResult> {
  try {
    return { name, state: 'ok', detail: `the server answers (${await ask()})` };
  } catch (error) {
    return { name, state: 'problem', detail: error instanceof Error ? error.message : String(error) };
  }
}
