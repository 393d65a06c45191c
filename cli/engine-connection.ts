import { existsSync } from 'node:fs';
import type { Config } from '../app/config.js';
import { localUrl, readEngineFile } from '../app/engine-file.js';
import { dataFiles } from '../app/stores.js';
import { startEngine } from '../app/start-engine.js';
import { EngineError } from '../contracts/errors.js';
import { createHttpClient, type HttpClient } from './http-client.js';
import type { Output } from './output.js';

/** A client, and what must be let go of afterwards. */
export interface Connection {
  readonly client: HttpClient;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly output: Output;
  /** What becomes of a data folder that is not there: a command that only asks makes none, since a slip of the pen would then look like an empty log. */
  readonly folder: 'existing' | 'made';
}

/**
 * Connects to the engine that CEBE_URL names, else to the one that runs on the data folder, else starts one in this process, on a port
 * of its own, for as long as the connection is open. Errors: `engine_unreachable` when there is neither an engine nor a data folder that may be opened.
 */
export async function connect(config: Config, { output, folder }: ConnectOptions): Promise<Connection> {
  if (config.remote !== undefined) return lasting(createHttpClient(config.remote.url, config.remote.apiKey));
  const running = await readEngineFile(config.dataDir);
  if (running !== null) return lasting(createHttpClient(localUrl(running), running.token));
  if (folder === 'existing' && config.servers === undefined && !existsSync(dataFiles(config.dataDir).log)) {
    const message = `Expected an engine that runs, or its data in ${config.dataDir}; found neither. CEBE_DATA_DIR names another folder, CEBE_URL an engine elsewhere; \`npx cebe start\` makes what is missing`;
    throw new EngineError('engine_unreachable', message, { details: { folder: config.dataDir } });
  }
  output.note(`no engine runs on ${config.dataDir}: starting one for this command`);
  const engine = await startEngine({ ...config, host: '127.0.0.1', port: 0, logLevel: 'error' }, { sample: 'none' });
  if (engine.firstKey !== undefined) output.note(`owner's key, shown only now: ${engine.firstKey}`);
  return { client: createHttpClient(engine.url, engine.token), close: () => engine.stop() };
}

function lasting(client: HttpClient): Connection {
  return { client, close: () => Promise.resolve() };
}
