import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { buildApi } from '../api/build-api.js';
import type { Credentials } from '../api/credentials.port.js';
import { EngineError } from '../contracts/errors.js';
import type { Config } from './config.js';
import { localUrl, removeEngineFile, writeEngineFile } from './engine-file.js';
import { createLogger } from './logger.js';
import { readVersion } from './version.js';

export interface StartOptions {
  /** What a new, empty data folder is given besides a workspace and its owner's key. */
  readonly sample: 'load' | 'none';
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
export async function startEngine(config: Config, _options: StartOptions): Promise<RunningEngine> {
  const token = `cebe_local_${randomBytes(32).toString('base64url')}`;
  const version = readVersion();
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const api = buildApi({
    logger: createLogger(config.logLevel),
    version,
    credentials: localCredentials(token),
    idempotency: {
      claim: () => Promise.reject(new EngineError('store_unavailable', 'Expected an open document store; there is none.')),
    },
    metrics,
    readiness: () => [{ name: 'api', ok: true }],
    routes: [],
  });
  await api.listen({ host: config.host, port: config.port, listenTextResolver: () => 'http.listening' });
  const { port } = api.server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  await writeEngineFile(config.dataDir, { pid: process.pid, host: config.host, port, token, version });
  return {
    url: localUrl({ host: config.host, port }),
    token,
    stop: async () => {
      await removeEngineFile(config.dataDir);
      await api.close();
    },
  };
}

function localCredentials(token: string): Credentials {
  const wanted = digest(token);
  const principal = { workspace: 'cebe', key_id: 'local', source: 'cebe', scopes: new Set<string>(), actor: 'local' };
  return { verify: (secret) => (timingSafeEqual(digest(secret), wanted) ? principal : null) };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
