import type { CopyReport } from '../app/backup/copy-stores.js';
import type { CopyTalk } from '../app/backup/copy-talk.js';
import type { CommandContext } from './command-context.js';

/** Long copies are stopped by Ctrl-C and shown by the bars of the command. */
export function copyTalk({ config, interruption, output }: CommandContext): CopyTalk {
  if (config().remote !== undefined) output.note('CEBE_URL is not used: this works on the stores that the configuration names');
  return { signal: interruption(), progress: (part) => output.progress(part) };
}

/** What was copied, for programs. */
export function copiedData({ log, vault }: CopyReport) {
  return { events: log.events, log_sha256: log.sha256, vault_entries: vault.entries, vault_sha256: vault.sha256 };
}

/** What was copied, for people. */
export function copiedText({ log, vault }: CopyReport): string {
  const [events, entries] = [log.events, vault.entries].map((count) => count.toLocaleString('en'));
  return `${events} events (log ${log.sha256.slice(0, 12)}), ${entries} keys and secrets`;
}
