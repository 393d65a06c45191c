import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpClient, type HttpClient } from '../../cli/http-client.js';
import { runCommand, type CommandRun } from './command-line.js';
import { openEngineUnderTest, type EngineUnderTest } from './engine.js';

/** An engine in this process that listens, and commands that speak to it. */
export interface EngineOnHttp {
  readonly open: EngineUnderTest;
  /** Where it listens. */
  readonly url: string;
  readonly client: HttpClient;
  /** A folder for the files of commands, and where they are run. */
  readonly folder: string;
  cebe(...args: readonly string[]): Promise<CommandRun>;
  close(): Promise<void>;
}

/** Opens it with a first workspace and its owner's key; `close` removes everything. */
export async function openEngineOnHttp(options: Parameters<typeof openEngineUnderTest>[0] = {}): Promise<EngineOnHttp> {
  const open = await openEngineUnderTest(options);
  const url = await open.engine.api.listen({ host: '127.0.0.1', port: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'cebe-commands-'));
  const env = { CEBE_URL: url, CEBE_API_KEY: open.key, CEBE_DATA_DIR: join(folder, 'data') };
  return {
    open,
    url,
    client: createHttpClient(url, open.key),
    folder,
    cebe: (...args) => runCommand(args, env, folder),
    async close() {
      await open.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
