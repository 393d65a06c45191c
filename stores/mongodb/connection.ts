import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';
import { EngineError } from '../../contracts/errors.js';
import { isPassing, translate } from './driver-errors.js';

/** What bounds a call: the driver's own `timeoutMS` does nothing in this version. */
export interface Bounds {
  readonly maxTimeMS: number;
  readonly signal: AbortSignal;
}

export interface ConnectionOptions {
  /** `mongodb://` or `mongodb+srv://`; its own options win over the defaults, but not over the durability of writes. */
  readonly url: string;
  /** For one call, in ms; absent: 10,000. */
  readonly timeoutMs?: number;
  /** For building indexes, in ms; absent: one hour. */
  readonly buildTimeoutMs?: number;
}

/** One client of the driver, whose every call is bounded and fails with an EngineError. */
export interface Connection {
  database(name: string): Db;
  /** Calls once. What the driver said is the error's `cause`. */
  once<T>(doing: string, work: (bounds: Bounds) => Promise<T>): Promise<T>;
  /** Calls, and calls again where that may help; only for what may be done twice. */
  again<T>(doing: string, work: (bounds: Bounds) => Promise<T>): Promise<T>;
  /** The same with the bound for building indexes. */
  build<T>(doing: string, work: (bounds: Bounds) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How often and how fast something is tried again. */
export const retries = { attempts: 4, base: 25, factor: 3, jitter: 0.5 } as const;

/** After the signal has closed the call's connection, it has this long to settle by itself. */
const GRACE_MS = 250;

const CALL_MS = 10_000;
const BUILD_MS = 3_600_000;

const defaults: MongoClientOptions = {
  appName: 'cebe',
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  waitQueueTimeoutMS: 5_000,
  maxPoolSize: 20,
};

/** Connects `store`, as messages name it; `store_unavailable` when no server that takes writes can be reached. */
export async function connect(store: string, options: ConnectionOptions): Promise<Connection> {
  const { url, timeoutMs = CALL_MS, buildTimeoutMs = BUILD_MS } = options;
  const client = clientOf(url, timeoutMs);
  let isClosed = false;

  const bounded = async <T>(doing: string, milliseconds: number, work: (bounds: Bounds) => Promise<T>): Promise<T> => {
    if (isClosed) throw new EngineError('store_unavailable', `${doing}: expected an open ${store}, found it closed`);
    return withDeadline({ doing, milliseconds }, work).catch((error: unknown) => {
      throw translate(error, doing);
    });
  };
  const repeated = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        const cause = error instanceof EngineError ? error.cause : error;
        if (attempts >= retries.attempts || isClosed || !isPassing(cause)) throw error;
        await pause(attempts);
      }
    }
  };

  try {
    await withDeadline({ doing: 'connecting to MongoDB', milliseconds: timeoutMs }, () => client.connect());
  } catch (error) {
    // A client that did not connect never will: the next attempt needs another one.
    await client.close().catch(() => undefined);
    throw translate(error, 'connecting to MongoDB');
  }
  return {
    database: (name) => client.db(name),
    once: (doing, work) => bounded(doing, timeoutMs, work),
    again: (doing, work) => repeated(() => bounded(doing, timeoutMs, work)),
    build: (doing, work) => repeated(() => bounded(doing, buildTimeoutMs, work)),
    close: async () => {
      isClosed = true;
      await client.close();
    },
  };
}

/** Waits before the next attempt, a little longer each time. */
export function pause(attempts: number): Promise<void> {
  const { base, factor, jitter } = retries;
  const wait = base * factor ** (attempts - 1) * (1 + jitter * (Math.random() * 2 - 1));
  return new Promise((resolve) => setTimeout(resolve, wait));
}

function clientOf(url: string, timeoutMs: number): MongoClient {
  const chosen = new Set([...new URLSearchParams(url.split('?')[1] ?? '').keys()].map((key) => key.toLowerCase()));
  const added = Object.entries(defaults).filter(([key]) => !chosen.has(key.toLowerCase()));
  try {
    return new MongoClient(url, {
      ...Object.fromEntries(added),
      ignoreUndefined: false,
      useBigInt64: true,
      readPreference: 'primary',
      // What a failover could take back is not read: a pin or a key that was seen once stands for ever.
      readConcern: { level: 'majority' },
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: timeoutMs },
    });
  } catch (error) {
    throw new EngineError(
      'config_invalid',
      `Expected a MongoDB connection string, found one that the driver refuses${reasonIn(error, url)}`,
    );
  }
}

/** What is safe to say: the driver's text may quote the connection string, and that a password. */
function reasonIn(error: unknown, url: string): string {
  if (!(error instanceof Error)) return '';
  const quotesOptionsOnly =
    /^option \w+ is not supported$|^URI option "\w+" cannot|^directConnection option|^mongodb\+srv URI cannot/;
  const isSafe = quotesOptionsOnly.test(error.message) && url.lastIndexOf('@') < (url + '?').indexOf('?');
  const isUnescaped = /contains unescaped characters$/.test(error.message);
  return ` (${isSafe || isUnescaped ? error.message : error.name})`;
}

/** Throws `config_invalid` for a connection string that no client is made from or that names an impossible database; nothing is connected. */
export function checkMongodbUrl(url: string): void {
  clientOf(url, CALL_MS);
  databaseIn(url);
}

/** MongoDB's longest name of a database is 63 bytes; `_vault` follows this one. */
const DATABASE_BYTES = 57;

/** The database that the connection string names, else `cebe`; `config_invalid` when MongoDB could not have one of that name. */
export function databaseIn(url: string): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1];
  if (name === undefined) return 'cebe';
  const decoded = decodeURIComponent(name);
  if (/[\s/\\."$*<>:|?%\0]/.test(decoded) || Buffer.byteLength(decoded) > DATABASE_BYTES) {
    const expected = `the name of a database of at most ${String(DATABASE_BYTES)} bytes, without blanks and / \\ . " $ * < > : | ? %,`;
    throw new EngineError('config_invalid', `Expected ${expected} in the connection string of MongoDB, found another one`);
  }
  return decoded;
}

/** A write that the network holds back never settles, not even when aborted: hence the second deadline. */
async function withDeadline<T>(
  { doing, milliseconds }: { readonly doing: string; readonly milliseconds: number },
  work: (bounds: Bounds) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = (): EngineError =>
    new EngineError('store_timeout', `${doing}: expected MongoDB to answer within ${String(milliseconds)} ms, found no answer`);
  const timers: NodeJS.Timeout[] = [];
  const deadline = new Promise<never>((_, reject) => {
    timers.push(setTimeout(() => controller.abort(), milliseconds));
    timers.push(setTimeout(() => reject(late()), milliseconds + GRACE_MS));
  });
  try {
    return await Promise.race([work({ maxTimeMS: milliseconds, signal: controller.signal }), deadline]);
  } catch (error) {
    throw controller.signal.aborted ? late() : error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
