import { BSON, MongoClient, ObjectId, type Document } from 'mongodb';
import { databaseIn } from '../../stores/mongodb/connection.js';
import type { DocumentStore } from '../../stores/document-store/document-store.port.js';
import { FOR_EVER } from '../../stores/document-store/mongodb/rows.js';
import { toStoredBody } from '../../stores/document-store/mongodb/stored-form.js';

/** A collection as MongoDB has it, or would have it. */
export interface CollectionRows {
  readonly name: string;
  readonly rows: AsyncIterable<Document>;
  readonly indexes: readonly IndexDescription[];
}

interface IndexDescription {
  readonly key: Readonly<Record<string, unknown>>;
  readonly sparse?: boolean;
}

/** What a collection takes: its documents as BSON, and the keys of its indexes with their references, before anything is compressed. */
export interface CollectionSizes {
  readonly name: string;
  readonly documents: number;
  readonly bson: number;
  readonly indexes: number;
  readonly keys: number;
}

const PAGE = 1_000;
/** Of the reference from a key to its document. */
const REFERENCE_BYTES = 5;

/** The collections of the engine's databases on a server: that of the documents and that of the vault. */
export async function* collectionsOnServer(url: string): AsyncGenerator<CollectionRows> {
  const client = new MongoClient(url);
  try {
    const name = databaseIn(url);
    for (const database of [client.db(name), client.db(`${name}_vault`)]) {
      for (const found of await database.listCollections({}, { nameOnly: true }).toArray()) {
        const collection = database.collection(found.name);
        // What a server answers to listIndexes has these fields.
        const indexes = (await collection.listIndexes().toArray()) as unknown as IndexDescription[];
        yield { name: found.name, rows: collection.find(), indexes };
      }
    }
  } finally {
    await client.close();
  }
}

/** The collections of an embedded store as MongoDB would hold their documents; without pins, keys and indexes, which are kept in other ways there. */
export async function* collectionsInFolder(store: DocumentStore): AsyncGenerator<CollectionRows> {
  for (const name of await store.listCollections()) yield { name, rows: rowsOf(store, name), indexes: [] };
}

async function* rowsOf(store: DocumentStore, collection: string): AsyncGenerator<Document> {
  const token = new ObjectId();
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await store.find(collection, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
    for (const { id, position, body } of page.documents) {
      yield { _id: id, position, shown_until: FOR_EVER, token, body: toStoredBody(body, id) };
    }
    cursor = page.nextCursor;
  }
}

/** Reads a collection and adds up what it takes. */
export async function sizesOfCollection({ name, rows, indexes }: CollectionRows): Promise<CollectionSizes> {
  const total = { documents: 0, bson: 0, keys: 0 };
  for await (const row of rows) {
    total.documents += 1;
    total.bson += BSON.calculateObjectSize(row);
    for (const index of indexes) total.keys += keyBytes(row, index);
  }
  return { name, indexes: indexes.length, ...total };
}

function keyBytes(row: Document, { key, sparse }: IndexDescription): number {
  const values = Object.keys(key).map((path) => valueAt(row, path));
  if (sparse === true && values.every((value) => value === undefined)) return 0;
  return REFERENCE_BYTES + values.reduce((sum: number, value) => sum + valueBytes(value), 0);
}

function valueAt(row: Document, path: string): unknown {
  // Whatever lacks the key answers undefined.
  return path.split('.').reduce((value: unknown, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], row);
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (typeof value === 'number' || typeof value === 'bigint') return 9;
  return 1;
}
