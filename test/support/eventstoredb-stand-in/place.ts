import { afterAll } from '@jest/globals';
import { openEventStoreDbEventStore } from '../../../stores/event-store/eventstoredb/open-eventstoredb-event-store.js';
import type { EventStorePlace } from '../../contract/event-store.suite.js';
import { startEventStoreDbStandIn, type EventStoreDbStandIn } from './stand-in.js';

let standIn: Promise<EventStoreDbStandIn> | undefined;

afterAll(async () => {
  await (await standIn)?.close();
});

/** The log of one stand-in for all tests of a file: they use streams of their own, as they must on a real server. */
export async function standInEventStorePlace(): Promise<EventStorePlace> {
  standIn ??= startEventStoreDbStandIn();
  return serverEventStorePlace((await standIn).url);
}

/** A server's log; nothing of it is cleaned up, because streams there are never used twice. */
export function serverEventStorePlace(connectionString: string): EventStorePlace {
  return {
    open: async () => ({ store: await openEventStoreDbEventStore({ connectionString }) }),
    dispose: () => Promise.resolve(),
  };
}
