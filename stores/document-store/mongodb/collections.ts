import { MongoServerError } from 'mongodb';
import { EngineError } from '../../../contracts/errors.js';
import type { IndexSpec } from '../document-store.port.js';
import type { Connection } from './connection.js';
import { alignIndexes, isParallelArrays, narrowIndexes } from './indexes.js';

/** The collections of the database, each with a row in `cebe.control`: MongoDB itself would make any that is written to. */
export interface Collections {
  ensure(collection: string, indexes: readonly IndexSpec[]): Promise<void>;
  list(): Promise<readonly string[]>;
  drop(collection: string): Promise<void>;
  /** `invalid_input` when there is no such collection. */
  checkIsThere(collection: string): Promise<void>;
  /** The same out of a look at the control rows that was taken for something else too. */
  noteWhetherThere(collection: string, isThere: boolean): void;
  /** Ends the collection's indexes at their first path, once for all that ask at the same time. */
  narrow(collection: string): Promise<void>;
}

const KIND = 'collection/';
const NAMESPACE_NOT_FOUND = 26;
const NAMESPACE_EXISTS = 48;

/** The id of the control row of a collection. */
export function collectionRowId(collection: string): string {
  return `${KIND}${collection}`;
}

/** Knows which collections there are. */
export function openCollections(connection: Connection): Collections {
  const { control } = connection;
  const known = new Set<string>();
  const narrowing = new Map<string, Promise<void>>();

  const noteWhetherThere = (collection: string, isThere: boolean): void => {
    if (isThere) {
      known.add(collection);
      return;
    }
    known.delete(collection);
    const message = `expected collection "${collection}" to be created before it is written to, found none`;
    throw new EngineError('invalid_input', message, { details: { collection } });
  };

  const setNarrow = async (collection: string): Promise<void> => {
    await connection.again(`noting what ${collection} holds`, (bounds) =>
      control.updateOne({ _id: collectionRowId(collection) }, { $set: { narrow: true } }, { ...bounds }),
    );
  };

  const ensure = async (collection: string, indexes: readonly IndexSpec[]): Promise<void> => {
    const _id = collectionRowId(collection);
    await connection.again(`creating ${collection}`, (bounds) =>
      connection.database
        .createCollection(connection.documents(collection).collectionName, { ...bounds })
        .catch((error: unknown) => {
          if (!(error instanceof MongoServerError && Number(error.code) === NAMESPACE_EXISTS)) throw error;
        }),
    );
    await connection.again(`creating ${collection}`, (bounds) =>
      control.updateOne({ _id }, { $setOnInsert: { narrow: false } }, { upsert: true, ...bounds }),
    );
    const row = await connection.again(`reading what ${collection} is`, (bounds) => control.findOne({ _id }, { ...bounds }));
    try {
      await alignIndexes(connection, collection, { indexes, narrow: row?.narrow === true });
    } catch (error) {
      if (!isParallelArrays(error)) throw error;
      await setNarrow(collection);
      await alignIndexes(connection, collection, { indexes, narrow: true });
    }
    known.add(collection);
  };

  const drop = async (collection: string): Promise<void> => {
    known.delete(collection);
    // The row goes last, so that what a crash leaves half dropped is still listed, and dropped again.
    await connection.again(`dropping ${collection}`, (bounds) =>
      connection
        .documents(collection)
        .drop({ ...bounds })
        .catch((error: unknown) => {
          if (!(error instanceof MongoServerError && Number(error.code) === NAMESPACE_NOT_FOUND)) throw error;
        }),
    );
    await connection.again(`dropping ${collection}`, (bounds) =>
      control.deleteOne({ _id: collectionRowId(collection) }, { ...bounds }),
    );
  };

  const list = async (): Promise<readonly string[]> => {
    const rows = await connection.again('listing the collections', (bounds) =>
      // The character behind `/`.
      control.find({ _id: { $gte: KIND, $lt: 'collection0' } }, { ...bounds }).toArray(),
    );
    return rows.map(({ _id }) => _id.slice(KIND.length)).sort();
  };

  const checkIsThere = async (collection: string): Promise<void> => {
    if (known.has(collection)) return;
    const row = await connection.again(`looking for ${collection}`, (bounds) =>
      control.findOne({ _id: collectionRowId(collection) }, { ...bounds }),
    );
    noteWhetherThere(collection, row !== null);
  };

  const narrow = async (collection: string): Promise<void> => {
    const underWay = narrowing.get(collection);
    if (underWay !== undefined) return underWay;
    const work = setNarrow(collection)
      .then(() => narrowIndexes(connection, collection))
      .finally(() => narrowing.delete(collection));
    narrowing.set(collection, work);
    return work;
  };

  return { ensure, list, drop, checkIsThere, noteWhetherThere, narrow };
}
