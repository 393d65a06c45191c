import type { Config, Environment } from '../app/config.js';
import type { Connection, ConnectOptions } from './engine-connection.js';
import type { Output } from './output.js';

/** What a command works with. */
export interface CommandContext {
  readonly env: Environment;
  readonly cwd: string;
  readonly output: Output;
  /** Aborts when the person wants to stop; the first use takes over Ctrl-C. */
  readonly interruption: () => AbortSignal;
  /** Reads the environment; throws `config_invalid`. */
  readonly config: () => Config;
  /** Connects to an engine, works, and lets go of it again. A data folder that is not there is made only where `folder` says so. */
  readonly withEngine: <Result>(
    work: (connection: Connection) => Promise<Result>,
    options?: Pick<ConnectOptions, 'folder'>,
  ) => Promise<Result>;
}
