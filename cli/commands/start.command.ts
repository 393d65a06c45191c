import { startEngine } from '../../app/start-engine.js';
import type { AddCommand } from '../add-command.js';
import { aborted } from '../interruption.js';

/** `cebe start`: the engine in the foreground, until Ctrl-C or SIGTERM. */
export const addStart: AddCommand = (program, { config, output, interruption }) => {
  program
    .command('start')
    .description('start the engine on the data folder, and stop it with Ctrl-C')
    .option('--empty', 'give a new data folder a workspace and a key, but no sample')
    .action(async (options: { readonly empty?: true }) => {
      const stopping = interruption();
      const engine = await startEngine(config(), { sample: options.empty === true ? 'none' : 'load' });
      const { url, firstKey } = engine;
      output.data({ url, ...(firstKey === undefined ? {} : { key: firstKey }) }, () =>
        [`CEBE runs at ${url}`, ...(firstKey === undefined ? [] : [`owner's key, shown only now: ${firstKey}`])].join('\n'),
      );
      await aborted(stopping);
      output.note('stopping …');
      await engine.stop();
    });
};
