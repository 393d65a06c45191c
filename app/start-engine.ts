import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
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
  const clock = Date.now;
  const onLost = (): void => {
    logger.fatal('lease_lost');
    process.exit(1);
  };
  const { decorate } = options;
  let url = '';
  const publicUrl = (): string => config.publicUrl ?? url;
  const parts = { config, logger, metrics, version, token, clock, newId: randomUUID, publicUrl, onLost };
  const engine = await openEngine(stores, decorate === undefined ? parts : { ...parts, decorate });
  try {
    const firstKey = await makeFirstWorkspace(engine, { timeZone: config.timeZone, clock, sample: options.sample });
    if (config.webhookKey !== undefined) {
      await engine.stores.vault.putSecret(FIRST_WORKSPACE, 'mailgun_signing', Buffer.from(config.webhookKey, 'utf8'));
    }
    await engine.api.listen({ host: config.host, port: config.port, listenTextResolver: () => 'http.listening' });
    const { port } = engine.api.server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
    url = localUrl({ host: config.host, port });
    await writeEngineFile(config.dataDir, { pid: process.pid, host: config.host, port, token, version });
    return {
      url,
      token,
      ...(firstKey === undefined ? {} : { firstKey }),
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
