import { isAbsolute, resolve } from 'node:path';
import { checkBackup, restoreBackup } from '../../app/backup/copies.js';
import { isEngineError } from '../../contracts/errors.js';
import type { AddCommand } from '../add-command.js';
import { copiedData, copiedText, copyTalk } from '../copy-talk.js';
import { exitCodes } from '../exit-codes.js';

/** `cebe restore`: a backup into empty stores; with `--check` only read, which ends with 3 when it is damaged. */
export const addRestore: AddCommand = (program, context, end) => {
  program
    .command('restore')
    .description('restore a backup into an empty data folder or empty servers')
    .argument('<file>', 'a backup')
    .option('--check', 'only read the backup, and say whether it is whole')
    .action(async (name: string, options: { readonly check?: true }) => {
      const file = isAbsolute(name) ? name : resolve(context.cwd, name);
      if (options.check === true) {
        try {
          const { header, log, vault } = await checkBackup(file, copyTalk(context));
          const { store_id, made_at, made_by } = header;
          const data = { file, whole: true, store_id, made_at, made_by, ...copiedData({ log, vault }) };
          context.output.data(
            data,
            () => `${file} is whole: ${copiedText({ log, vault })}, made at ${made_at} by CEBE ${made_by}`,
          );
        } catch (error) {
          if (!isEngineError(error, 'backup_damaged')) throw error;
          context.output.data({ file, whole: false, detail: error.message }, () => error.message);
          end(exitCodes.found_problems);
        }
        return;
      }
      const report = await restoreBackup(context.config(), file, copyTalk(context));
      context.output.data({ file, ...copiedData(report) }, () =>
        [`restored and compared: ${copiedText(report)}`, 'the next start folds the documents anew from the log'].join('\n'),
      );
    });
};
