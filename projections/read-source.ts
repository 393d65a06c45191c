import type { DocumentStore } from '../stores/document-store/document-store.port.js';

/** Where a read model's documents are; `collection` names the generation that serves now and is asked at each call. */
export interface ReadSource {
  readonly documents: DocumentStore;
  collection(): string;
}
