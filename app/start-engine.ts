import { randomBytes, randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Api } from '../api/route-config.js';
import { pause } from '../runtime/retry.js';
import { isAway } from '../stores/fail-fast.js';
import type { LogLevel } from './config-variables.js';
import type { Config } from './config.js';
import type { Decorate, Engine } from './engine.js';
import { localUrl, removeEngineFile, writeEngineFile } from './engine-file.js';
import { keepHeapsSmall } from './heap.js';
import { portInUse, portOf } from './listen.js';
import { createLogger, logStoreFailures } from './logger.js';
import { openStores } from './open-stores.js';
import { createStoreWatches, type StoreWatches } from './stores.js';
import { readVersion } from './version.js';
import { startWaitingServer, type WaitingServer } from './waiting-server.js';

/** Between two attempts to reach servers that are away. */
const ATTEMPTS_EVERY_MS = 1_000;

export interface StartOptions {
  /** What a new, empty data folder is given besides a workspace and its owner's key. */
  readonly sample: 'load' | 'none';
  /** When the servers of the stores are away: answer in the engine's place until they are there. Absent: the start fails, `store_unavailable`. */
  readonly whenAway?: 'wait';
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** As in `EngineOptions`. */
  readonly decorate?: Decorate;
}

export interface RunningEngine {
  /** Where programs on this machine reach it. */
  readonly url: string;
  /** The local admin token, valid until the engine stops. */
  readonly token: string;
  /** The owner's key, when this start made the workspace. */
  readonly firstKey?: string;
  /** Logs from this level on from now on, instead of from the one it was started with. */
  logFrom(level: LogLevel): void;
  /** Lets what is in flight finish, makes it durable and lets go of the data folder. */
  stop(): Promise<void>;
}

interface Starting {
  readonly config: Config;
  readonly options: StartOptions;
  readonly logger: Logger;
  readonly watches: StoreWatches;
  readonly token: string;
  readonly version: string;
  readonly publicUrl: () => string;
}

/** Opens the stores and serves the API; settles when the engine takes requests. */
export async function startEngine(config: Config, options: StartOptions): Promise<RunningEngine> {
  keepHeapsSmall();
  const token = `cebe_local_${randomBytes(32).toString('base64url')}`;
  const version = readVersion();
  const logger = createLogger(config.logLevel);
  const watches = createStoreWatches();
  logStoreFailures(Object.values(watches), logger);
  let url = '';
  const publicUrl = (): string => config.publicUrl ?? url;
  const { engine, waiting } = await openWhenThere({ config, options, logger, watches, token, version, publicUrl });
  try {
    if (config.webhookKey !== undefined) {
      const { FIRST_WORKSPACE } = await import('./engine.js');
      await engine.stores.vault.putSecret(FIRST_WORKSPACE, 'mailgun_signing', Buffer.from(config.webhookKey, 'utf8'));
    }
    await waiting?.close();
    const port = await listen(engine.api, { host: config.host, port: waiting?.port ?? config.port });
    url = localUrl({ host: config.host, port });
    // Its key is shown once, so it is made when nothing else can end this start.
    const { makeFirstWorkspace } = await import('./first-start.js');
    const firstKey = await makeFirstWorkspace(engine, { timeZone: config.timeZone, clock: Date.now, sample: options.sample });
    await writeEngineFile(config.dataDir, { pid: process.pid, host: config.host, port, token, version });
    return {
      url,
      token,
      ...(firstKey === undefined ? {} : { firstKey }),
      logFrom: (level) => {
        logger.level = level;
      },
      stop: async () => {
        await removeEngineFile(config.dataDir);
        await engine.close();
      },
    };
  } catch (error) {
    await removeEngineFile(config.dataDir);
    await Promise.all([waiting?.close(), engine.close()]);
    throw error;
  }
}

/** Tries until the servers are there; what is asked of the engine meanwhile is answered. Embedded stores are there or never will be. */
async function openWhenThere(starting: Starting): Promise<{ readonly engine: Engine; readonly waiting?: WaitingServer }> {
  const { config, options, watches, token, version } = starting;
  let waiting: WaitingServer | undefined;
  for (;;) {
    try {
      const engine = await open(starting);
      return { engine, ...(waiting && { waiting }) };
    } catch (error) {
      const mayWait = config.servers !== undefined && options.whenAway === 'wait' && options.signal?.aborted !== true;
      if (!mayWait || !isAway(error)) {
        await waiting?.close();
        await removeEngineFile(config.dataDir);
        throw error;
      }
      if (waiting === undefined) {
        waiting = await startWaitingServer(config, Object.values(watches));
        // Commands find it, too, and are told.
        await writeEngineFile(config.dataDir, { pid: process.pid, host: config.host, port: waiting.port, token, version });
      }
      await pause(ATTEMPTS_EVERY_MS, options.signal);
    }
  }
}

async function open({ config, options, logger, watches, token, version, publicUrl }: Starting): Promise<Engine> {
  // The stores open in their threads while this one loads the rest of the program: the two are most of what a start takes.
  const [stores, { openEngine }] = await Promise.all([
    openStores(config, watches),
    import('./engine.js'),
    import('./first-start.js'),
  ]);
  if (stores.documentsDropped !== undefined) logger.warn({ reason: stores.documentsDropped }, 'documents_rebuilt_from_the_log');
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const { decorate } = options;
  const parts = { config, logger, metrics, version, token, clock: Date.now, newId: randomUUID, publicUrl };
  return openEngine(stores, decorate === undefined ? parts : { ...parts, decorate });
}

async function listen(api: Api, place: Pick<Config, 'host' | 'port'>): Promise<number> {
  try {
    await api.listen({ ...place, listenTextResolver: () => 'http.listening' });
  } catch (error) {
    throw portInUse(error, place);
  }
  return portOf(api.server);
}
