import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { EngineError } from '../contracts/errors.js';
import { peekLog } from '../stores/event-store/embedded/peek-log.js';
import { peekVault } from '../stores/vault/embedded/peek-vault.js';
import { assertNoUnfinishedCopy } from './backup/unfinished-copy.js';

export interface FolderFiles {
  readonly log: string;
  readonly vault: string;
  /** Where the vault key is looked for; absent when the environment holds the key itself. */
  readonly vaultKey?: string;
}

/**
 * Refuses, with `data_folder_incomplete`, a log without its vault and a vault without its log: what would be made in place of the missing
 * one starts anew, and events that are stored would no longer be understood. An empty folder is whole, and so is one whose first
 * start was cut off; one that holds part of a copy is not (`copy_unfinished`). Nothing is made or changed.
 */
export function assertWholeFolder(files: FolderFiles): void {
  assertNoUnfinishedCopy(dirname(files.log));
  const [log, vault] = [isThere(files.log), isThere(files.vault)];
  if (log === vault) return;
  if (log) {
    const { events } = peekLog(files.log);
    if (events > 0) throw withoutVault(files, events);
    return;
  }
  const content = peekVault(files.vault);
  if (content.log === undefined && !content.holdsKeys) return;
  throw incomplete(
    [files.log],
    `Expected the log ${files.log} beside its vault, found none; restore it from the newest backup, together with vault.sqlite, or start on an empty folder`,
  );
}

/** The log that the vault belongs to, and the one beside it, when they are not the same; null when they are, and when the vault is nobody's yet. */
export function boundToAnother({
  log,
  vault,
}: Pick<FolderFiles, 'log' | 'vault'>): { readonly expected: string; readonly found: string } | null {
  const [found, expected] = [peekLog(log).id, peekVault(vault).log];
  return expected === undefined || expected === found ? null : { expected, found };
}

/** An empty file is as good as none: the store that opens it would begin anew. */
export function isThere(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function withoutVault({ vault, vaultKey }: FolderFiles, events: number): EngineError {
  const missing = vaultKey === undefined || isThere(vaultKey) ? [vault] : [vault, vaultKey];
  return incomplete(
    missing,
    `Expected the vault of the ${String(events)} events in the log, found no ${missing.map((file) => basename(file)).join(' and no ')}; restore ${missing.join(' and ')} from the newest backup: a new vault could neither open what is sealed nor recognise who is known or suppressed`,
  );
}

function incomplete(missing: readonly string[], message: string): EngineError {
  return new EngineError('data_folder_incomplete', message, { details: { missing } });
}
