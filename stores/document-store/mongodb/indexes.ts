import { type IndexSpecification, MongoServerError } from 'mongodb';
import type { IndexSpec } from '../document-store.port.js';
import type { Connection } from './connection.js';
import { PARALLEL_ARRAYS } from '../../mongodb/driver-errors.js';
import { dotted } from './stored-form.js';

/** What this store calls the indexes that are its own; others stay as they are. */
const OWN = 'cebe:';

interface Wanted {
  readonly name: string;
  readonly key: Readonly<Record<string, 1>>;
  readonly sparse?: true;
}

/** Id and `shown_until` stand in every index, so that counts and walks in id order are answered by the index alone. */
const rest = { _id: 1, shown_until: 1 } as const;

const always: readonly Wanted[] = [
  { name: `${OWN}:shown`, key: rest },
  { name: `${OWN}:expiry`, key: { expires_at: 1 }, sparse: true },
];

/** Makes the collection's indexes those that are named: builds what is missing or differs, drops what is no longer named. */
export async function alignIndexes(
  connection: Connection,
  collection: string,
  wanted: { readonly indexes: readonly IndexSpec[]; readonly narrow: boolean },
): Promise<void> {
  const documents = connection.documents(collection);
  const list = wantedIndexes(wanted.indexes, wanted.narrow);
  const present = await presentIndexes(connection, collection);
  const isRight = (index: Wanted): boolean => present.get(index.name) === shapeOf(index);
  const names = new Set(list.filter(isRight).map(({ name }) => name));
  for (const name of [...present.keys()].filter((each) => !names.has(each))) await dropIndex(connection, collection, name);
  for (const { name, key, sparse } of list.filter((each) => !isRight(each))) {
    const options = { name, ...(sparse && { sparse }) };
    // The order of the keys is that of the object, which BSON keeps.
    const specification: IndexSpecification = { ...key };
    await connection.build(`building index ${name} of ${collection}`, (bounds) =>
      documents.createIndex(specification, options, { ...bounds }),
    );
  }
}

/** Ends every index at its first path: MongoDB refuses documents with arrays in two paths of one. */
export async function narrowIndexes(connection: Connection, collection: string): Promise<void> {
  const documents = connection.documents(collection);
  for (const [name, shape] of await presentIndexes(connection, collection)) {
    // Made by `shapeOf`.
    const { key } = JSON.parse(shape) as Pick<Wanted, 'key'>;
    const paths = Object.keys(key).filter((path) => path.startsWith('body.'));
    const [first] = paths;
    if (paths.length < 2 || first === undefined) continue;
    await dropIndex(connection, collection, name);
    await connection.build(`building index ${name} of ${collection}`, (bounds) =>
      documents.createIndex({ [first]: 1, ...rest }, { name }, { ...bounds }),
    );
  }
}

/** True for the refusal to build an index over documents with arrays in two of its paths. */
export function isParallelArrays(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof MongoServerError && Number(cause.code) === PARALLEL_ARRAYS;
}

function wantedIndexes(indexes: readonly IndexSpec[], narrow: boolean): readonly Wanted[] {
  const named = indexes.map(({ name, paths }): Wanted => {
    const used = narrow ? paths.slice(0, 1) : paths;
    return {
      name: `${OWN}${name}`,
      key: { ...Object.fromEntries(used.map((path) => [dotted(path, 'body'), 1 as const])), ...rest },
    };
  });
  // Two indexes over the same keys would be refused.
  const byKey = new Map([...always, ...named].toReversed().map((index) => [JSON.stringify(index.key), index]));
  return [...byKey.values()];
}

async function presentIndexes(connection: Connection, collection: string): Promise<ReadonlyMap<string, string>> {
  const documents = connection.documents(collection);
  const found = await connection.again(`reading the indexes of ${collection}`, (bounds) =>
    documents.listIndexes({ ...bounds }).toArray(),
  );
  const indexes = found.map(({ name, ...index }: Readonly<Record<string, unknown>>) => [String(name), shapeOf(index)] as const);
  return new Map(indexes.filter(([name]) => name.startsWith(OWN)));
}

/** All that makes two indexes differ but their names. */
const shaping = ['sparse', 'unique', 'hidden', 'partialFilterExpression', 'expireAfterSeconds', 'collation'] as const;

function shapeOf(index: Readonly<Record<string, unknown>> | Wanted): string {
  const options: Readonly<Record<string, unknown>> = { ...index };
  // MongoDB gives the 1 of an index back as whatever number it was stored as.
  const directions = Object.entries(options['key'] ?? {}).map(([path, direction]) => [path, Number(direction)] as const);
  const differences = shaping.flatMap((name) =>
    options[name] === undefined || options[name] === false ? [] : [[name, options[name]] as const],
  );
  return JSON.stringify({ key: Object.fromEntries(directions), ...Object.fromEntries(differences) });
}

async function dropIndex(connection: Connection, collection: string, name: string): Promise<void> {
  await connection.again(`dropping index ${name} of ${collection}`, (bounds) =>
    connection
      .documents(collection)
      .dropIndex(name, { ...bounds })
      .catch(ignoreMissing),
  );
}

const INDEX_NOT_FOUND = 27;

/** Another process may have dropped it, or an earlier attempt. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof MongoServerError && Number(error.code) === INDEX_NOT_FOUND)) throw error;
}
