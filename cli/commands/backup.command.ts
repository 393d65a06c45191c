import { isAbsolute, resolve } from 'node:path';
import { backUp, type BackupReport } from '../../app/backup/copies.js';
import type { AddCommand } from '../add-command.js';
import { copyTalk } from '../copy-talk.js';

/** `cebe backup`: the log and the vault in one file, also while the engine runs. */
export const addBackup: AddCommand = (program, context) => {
  program
    .command('backup')
    .description('write the log and the vault into one file, also while the engine runs')
    .argument('<file>', 'a new file')
    .action(async (name: string) => {
      const file = isAbsolute(name) ? name : resolve(context.cwd, name);
      const report = await backUp(context.config(), file, copyTalk(context));
      context.output.data(
        {
          file,
          store_id: report.header.store_id,
          events: report.log.events,
          log_sha256: report.log.sha256,
          vault_entries: report.vault.entries,
          vault_sha256: report.vault.sha256,
          bytes: report.bytes,
        },
        () => backupText(file, report),
      );
    });
};

function backupText(file: string, { log, vault, bytes }: BackupReport): string {
  const [events, entries, size] = [log.events, vault.entries, bytes].map((count) => count.toLocaleString('en'));
  return [
    `${file}: ${events} events and ${entries} keys and secrets in ${size} bytes (log ${log.sha256.slice(0, 12)})`,
    'the vault key is not in it: keep vault.key or CEBE_VAULT_KEY somewhere else',
  ].join('\n');
}
