import type { Collection, Db } from 'mongodb';
import {
  type Connection as Client,
  connect as connectClient,
  type ConnectionOptions,
  databaseIn,
} from '../../mongodb/connection.js';
import type { ControlRow, DocumentRow } from './rows.js';

export interface DocumentConnectionOptions extends ConnectionOptions {
  /** Absent: the one in the URL, else `cebe`. */
  readonly database?: string;
}

/** A client of the driver and the database of the documents. */
export interface Connection extends Omit<Client, 'database'> {
  readonly database: Db;
  readonly control: Collection<ControlRow>;
  documents(collection: string): Collection<DocumentRow>;
}

/** Connects; `store_unavailable` when no server that takes writes can be reached. */
export async function connect(options: DocumentConnectionOptions): Promise<Connection> {
  const name = options.database ?? databaseIn(options.url);
  const client = await connectClient('MongoDB document store', options);
  const database = client.database(name);
  return {
    ...client,
    database,
    control: database.collection<ControlRow>('cebe.control'),
    documents: (collection) => database.collection<DocumentRow>(collectionName(collection)),
  };
}

/** MongoDB's name of a collection of the port. The driver refuses names with two dots in a row and with one at the end. */
function collectionName(collection: string): string {
  return `documents/${collection.replaceAll('.', '~')}`;
}
