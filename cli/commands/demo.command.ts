import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIRST_WORKSPACE } from '../../app/engine.js';
import { startEngine } from '../../app/start-engine.js';
import { EngineError } from '../../contracts/errors.js';
import type { AddCommand } from '../add-command.js';
import { runDemoLoop } from '../demo/demo-loop.js';
import { createHttpClient } from '../http-client.js';
import { planCdnow } from '../import/cdnow-import.js';
import { runImport } from '../import/run-import.js';
import { sampleFile } from '../import/sample-file.js';

interface DemoOptions {
  readonly seed: string;
  readonly file?: string;
  readonly keep?: true;
}

/** `cebe demo`: the whole loop on the CDNOW purchases, in a folder of its own that is removed at the end, or on empty servers. */
export const addDemo: AddCommand = (program, { config, output, interruption }) => {
  program
    .command('demo')
    .description('show the whole loop on real purchases: import, segment, campaign, reactions, funnel')
    .option('--seed <text>', 'what the simulated recipients do depends on it', 'cebe')
    .option('--file <path>', 'purchases in the form of CDNOW, instead of all of CDNOW')
    .option('--keep', 'keep the folder, to look at the outbox or to start an engine on it')
    .action(async (options: DemoOptions) => {
      const signal = interruption();
      const told = config();
      if (told.servers !== undefined && told.vaultKey === undefined && told.vaultKeyFile === undefined) throw withoutKey();
      const dataDir = await mkdtemp(join(tmpdir(), 'cebe-demo-'));
      const webhookKey = randomBytes(24).toString('hex');
      const engine = await startEngine(
        { ...told, dataDir, host: '127.0.0.1', port: 0, logLevel: 'error', webhookKey },
        { sample: 'none' },
      );
      const began = Date.now();
      try {
        if (engine.firstKey === undefined) throw notEmpty();
        const client = createHttpClient(engine.url, engine.token);
        const plan = await planCdnow(options.file ?? sampleFile(), { client, dates: 'shift', now: Date.now() });
        const { counts } = await runImport(plan, { client, output, signal, statePath: join(dataDir, 'demo-import.json') });
        output.note(
          `imported ${counts.accepted.toLocaleString('en')} purchases in ${String(Math.round((Date.now() - began) / 100) / 10)} s`,
        );
        await runDemoLoop({ client, output, dataDir, webhookKey, seed: options.seed, workspace: FIRST_WORKSPACE });
        output.note(`the whole loop took ${String(Math.round((Date.now() - began) / 1000))} s`);
      } finally {
        await engine.stop();
        if (options.keep === true) output.note(`kept: ${dataDir} (CEBE_DATA_DIR=${dataDir} npm start)`);
        else await rm(dataDir, { recursive: true, force: true });
      }
    });
};

/** What the key seals stays on the servers; the folder that it would be made in does not. */
function withoutKey(): EngineError {
  return new EngineError(
    'config_invalid',
    'Expected CEBE_VAULT_KEY or CEBE_VAULT_KEY_FILE beside the servers of the demo, found neither',
  );
}

/** Its own folder is empty always; servers are shared, and what is in a log stays there. */
function notEmpty(): EngineError {
  return new EngineError(
    'invalid_input',
    'Expected servers with an empty log for the demo (EVENTSTORE_URL), found one with a workspace',
  );
}
