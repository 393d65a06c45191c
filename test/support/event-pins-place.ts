import { createDocumentEventPins } from '../../stores/event-store/document-event-pins.js';
import type { DocumentStorePlace } from '../contract/document-store.suite.js';
import type { EventPinsPlace } from '../contract/event-pins.suite.js';
import type { EventStorePlace } from '../contract/event-store.suite.js';

/** Pins in one place for documents, of the log in another. */
export function eventPinsPlace(logs: EventStorePlace, documents: DocumentStorePlace): EventPinsPlace {
  return {
    async open() {
      const { store } = await logs.open();
      const documentStore = await documents.open({ clock: Date.now });
      const pins = await createDocumentEventPins({ documentStore, eventStore: store, patienceMs: 60_000 });
      return {
        store,
        pins,
        async close() {
          await pins.close();
          await documentStore.close();
          await store.close();
        },
      };
    },
    async dispose() {
      await documents.dispose();
      await logs.dispose();
    },
  };
}
