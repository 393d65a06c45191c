import { Option } from 'commander';
import { migrate } from '../../app/backup/copies.js';
import type { AddCommand } from '../add-command.js';
import { copiedData, copiedText, copyTalk } from '../copy-talk.js';

/** `cebe migrate --to servers|embedded`: the log and the vault from the data folder to the servers, or back. */
export const addMigrate: AddCommand = (program, context) => {
  program
    .command('migrate')
    .description('copy the log and the vault between the data folder and the servers of EVENTSTORE_URL and MONGODB_URL')
    .addOption(
      new Option('--to <stores>', 'servers: from the data folder; embedded: from the servers into an empty data folder')
        .choices(['servers', 'embedded'])
        .makeOptionMandatory(),
    )
    .action(async ({ to }: { readonly to: 'servers' | 'embedded' }) => {
      const report = await migrate(context.config(), to, copyTalk(context));
      context.output.data({ to, ...copiedData(report) }, () =>
        [
          `copied and compared: ${copiedText(report)}`,
          to === 'servers'
            ? 'start the engine with EVENTSTORE_URL, MONGODB_URL and the same vault key: it folds the documents anew'
            : 'start the engine without EVENTSTORE_URL and MONGODB_URL, with the same vault key: it folds the documents anew',
        ].join('\n'),
      );
    });
};
