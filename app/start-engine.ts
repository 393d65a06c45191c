import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Api } from '../api/route-config.js';
import { EngineError } from '../contracts/errors.js';
import type { LogLevel } from './config-variables.js';
import type { Config } from './config.js';
import type { Decorate } from './engine.js';
import { localUrl, removeEngineFile, writeEngineFile } from './engine-file.js';
import { keepHeapsSmall } from './heap.js';
import { createLogger } from './logger.js';
import { openStores } from './open-stores.js';
import { readVersion } from './version.js';

export interface StartOptions {
  /** What a new, empty data folder is given besides a workspace and its owner's key. */
  readonly sample: 'load' | 'none';
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

/** Opens the data folder and serves the API; settles when the engine takes requests. */
export async function startEngine(config: Config, options: StartOptions): Promise<RunningEngine> {
  keepHeapsSmall();
  // The stores open in their threads while this one loads the rest of the program: the two are most of what a start takes.
  const [stores, { FIRST_WORKSPACE, openEngine }, { makeFirstWorkspace }] = await Promise.all([
    openStores(config),
    import('./engine.js'),
    import('./first-start.js'),
  ]);
  const token = `cebe_local_${randomBytes(32).toString('base64url')}`;
  const version = readVersion();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const logger = createLogger(config.logLevel);
  if (stores.documentsDropped !== undefined) logger.warn({ reason: stores.documentsDropped }, 'documents_rebuilt_from_the_log');
  const clock = Date.now;
  const { decorate } = options;
  let url = '';
  const publicUrl = (): string => config.publicUrl ?? url;
  const parts = { config, logger, metrics, version, token, clock, newId: randomUUID, publicUrl };
  const engine = await openEngine(stores, decorate === undefined ? parts : { ...parts, decorate });
  try {
    if (config.webhookKey !== undefined) {
      await engine.stores.vault.putSecret(FIRST_WORKSPACE, 'mailgun_signing', Buffer.from(config.webhookKey, 'utf8'));
    }
    const port = await listen(engine.api, config);
    url = localUrl({ host: config.host, port });
    // Its key is shown once, so it is made when nothing else can end this start.
    const firstKey = await makeFirstWorkspace(engine, { timeZone: config.timeZone, clock, sample: options.sample });
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
    await engine.close();
    throw error;
  }
}

/** Answers the port, which the system chose when it was to be 0. */
async function listen(api: Api, { host, port }: Pick<Config, 'host' | 'port'>): Promise<number> {
  try {
    await api.listen({ host, port, listenTextResolver: () => 'http.listening' });
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE') throw error;
    const message = `Expected port ${port} of ${host} to be free, found it in use; CEBE_PORT chooses another`;
    throw new EngineError('port_in_use', message, { details: { host, port }, cause: error });
  }
  return (api.server.address() as AddressInfo).port; // a TCP server that listens has an AddressInfo
}
