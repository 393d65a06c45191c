import type { DocumentStore, Fence } from '../stores/document-store/document-store.port.js';
import { BLOCKS_COLLECTION } from './processor/block.js';
import { processorName, sharedCollection, stateCollection } from './processor/processor-options.js';
import { walk } from './processor/walk.js';

/** Removes everything that a generation has stored; doing it again changes nothing. */
export async function dropGeneration(
  documentStore: DocumentStore,
  name: string,
  { generation, fence }: { readonly generation: number; readonly fence: () => Fence },
): Promise<void> {
  const processor = processorName(name, generation);
  // The checkpoint first: a generation dropped by half must not be gone on with.
  await documentStore.dropCheckpoint(processor);
  const filter = { kind: 'eq', path: ['processor'], value: processor } as const;
  for await (const { id, position } of walk(documentStore, BLOCKS_COLLECTION, { filter })) {
    await documentStore.put(BLOCKS_COLLECTION, [{ id, expected: position, position, body: null, expires_at: 0 }], fence());
  }
  for (const collection of [processor, stateCollection(processor), sharedCollection(processor)]) {
    await documentStore.dropCollection(collection);
  }
}

/** The generations of a projection that have documents. */
export async function storedGenerations(documentStore: DocumentStore, name: string): Promise<readonly number[]> {
  const found = new Set<number>();
  for (const collection of await documentStore.listCollections()) {
    const [projection, rest = ''] = collection.split('@v');
    if (projection === name) found.add(Number.parseInt(rest, 10));
  }
  return [...found];
}
