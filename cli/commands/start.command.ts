import { startEngine, type RunningEngine } from '../../app/start-engine.js';
import type { AddCommand } from '../add-command.js';
import type { CommandContext } from '../command-context.js';
import { firstSteps } from '../first-steps.js';
import { createHttpClient } from '../http-client.js';
import { aborted } from '../interruption.js';
import { countsText } from '../sending/counts-text.js';

/** A customer of the sample who bought once. */
const SAMPLE_CUSTOMER = '00001';

/** Keys are stored as hashes: one that was lost cannot be shown again. */
const ANOTHER_KEY = 'a key of your own: npx cebe keys create --name me --role owner';

/** `cebe start`: the engine in the foreground, until Ctrl-C or SIGTERM. */
export const addStart: AddCommand = (program, context) => {
  const { config, env, output, interruption } = context;
  program
    .command('start')
    .description('start the engine on the data folder, and stop it with Ctrl-C')
    .option('--empty', 'give a new data folder a workspace and a key, but no sample')
    .action(async (options: { readonly empty?: true }) => {
      const stopping = interruption();
      const told = config();
      const sample = options.empty === true || told.servers !== undefined ? 'none' : 'load';
      // On a terminal the lines of the log would stand between those that a person is to read.
      const starting = output.interactive && env['CEBE_LOG_LEVEL'] === undefined ? 'warn' : told.logLevel;
      const engine = await startEngine({ ...told, logLevel: starting }, { sample, whenAway: 'wait', signal: stopping });
      const { url, firstKey } = engine;
      output.data({ url, ...(firstKey === undefined ? {} : { key: firstKey }) }, () =>
        [`CEBE runs at ${url}`, firstKey === undefined ? ANOTHER_KEY : `owner's key, shown only now: ${firstKey}`].join('\n'),
      );
      if (sample === 'load') await load(engine, context, stopping);
      engine.logFrom(told.logLevel);
      await aborted(stopping);
      output.note('stopping …');
      await engine.stop();
    });
};

/** The engine serves meanwhile, and goes on serving when this fails: the next start goes on with it. */
async function load({ url, token, firstKey }: RunningEngine, context: CommandContext, signal: AbortSignal): Promise<void> {
  const { output, config } = context;
  try {
    const { loadSample } = await import('../import/load-sample.js');
    const loaded = await loadSample({ client: createHttpClient(url, token), output, signal, dataDir: config().dataDir });
    if (loaded === null) return;
    const text = firstSteps({ url, key: firstKey, customerId: SAMPLE_CUSTOMER, now: new Date() });
    output.data({ sample: loaded.counts }, () => `sample: ${countsText(loaded.counts)}\n${text}`);
  } catch (error) {
    const why = signal.aborted ? '' : `: ${error instanceof Error ? error.message : String(error)}`;
    output.note(`the sample is not loaded to its end${why}; the next start goes on with it`);
  }
}
