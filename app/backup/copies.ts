import { stat } from 'node:fs/promises';
import { EngineError } from '../../contracts/errors.js';
import type { LoadedVaultKey } from '../../stores/vault/vault-key.js';
import type { Config } from '../config.js';
import { readVersion } from '../version.js';
import { assertVaultKey, copyStores, type CopyReport } from './copy-stores.js';
import type { CopySource } from './copy-source.js';
import type { CopyTarget } from './copy-target.js';
import { type CopyTalk, parts, shown } from './copy-talk.js';
import { openEmbeddedTarget } from './embedded-target.js';
import { existingVaultKey, openFolderSource, openServerSource, type OpenedSource } from './open-source.js';
import { archiveAsSource, checkArchive } from './read-archive.js';
import { type ArchiveContent, writeArchive } from './write-archive.js';

/** A backup that was written. */
export interface BackupReport extends ArchiveContent {
  readonly bytes: number;
}

/** Writes a backup of the stores that the configuration names, also while engines run on them. Errors: those of `writeArchive` and of the stores. */
export async function backUp(config: Config, file: string, talk: CopyTalk): Promise<BackupReport> {
  const opened = await openSource(config, 'share');
  try {
    const { source } = opened;
    const content = await shown(talk, { label: 'backing up', source }, ({ signal, onProgress }) =>
      writeArchive(source, file, { signal, onProgress, madeAt: new Date().toISOString(), madeBy: readVersion() }),
    );
    return { ...content, bytes: (await stat(file)).size };
  } finally {
    await opened.close();
  }
}

/** Reads a whole backup. Errors: `backup_damaged` with the place, `store_format_unsupported`, `not_found`. */
export async function checkBackup(file: string, talk: CopyTalk): Promise<ArchiveContent> {
  const bars = parts(talk);
  try {
    return await checkArchive(file, {
      signal: talk.signal,
      onProgress: (done, total) => bars.at('checking the backup', done, { total, unit: 'bytes' }),
    });
  } finally {
    bars.finish();
  }
}

/**
 * Restores a backup into the stores that the configuration names, which are empty or hold the beginning of the same restore. The whole backup and
 * the vault key are checked before anything is written. Errors: those of `checkBackup`, `vault_key_wrong`, `target_not_empty`, `copy_differs`.
 */
export async function restoreBackup(config: Config, file: string, talk: CopyTalk): Promise<CopyReport> {
  const source = archiveAsSource(file, await checkBackup(file, talk));
  return copyTo(config, source, { ...talk, to: config.servers === undefined ? 'embedded' : 'servers', label: 'restoring' });
}

/**
 * Copies the log and the vault of the data folder to the servers that the configuration names, or back. Errors: `config_invalid`,
 * `copy_unfinished` (an engine went on meanwhile), `data_folder_locked`, and those of `restoreBackup`.
 */
export async function migrate(config: Config, to: 'servers' | 'embedded', talk: CopyTalk): Promise<CopyReport> {
  if (config.servers === undefined) {
    throw new EngineError('config_invalid', `Expected EVENTSTORE_URL and MONGODB_URL to name the servers, found neither`);
  }
  const opened = await (to === 'servers' ? openFolderSource(config.dataDir, 'lock') : openSource(config, 'share'));
  try {
    const stands = async (): Promise<void> => {
      if ((await opened.head()) === opened.source.head) return;
      throw new EngineError(
        'copy_unfinished',
        'Expected the log to stand still while it is copied, found more events behind it; stop all engines that use it and run the same again: it goes on from here',
      );
    };
    return await copyTo(config, opened.source, { ...talk, to, label: 'copying', beforeFinish: stands });
  } finally {
    await opened.close();
  }
}

async function copyTo(
  config: Config,
  source: CopySource,
  options: CopyTalk & {
    readonly to: 'servers' | 'embedded';
    readonly label: string;
    readonly beforeFinish?: () => Promise<void>;
  },
): Promise<CopyReport> {
  const vaultKey = await existingVaultKey(config);
  await assertVaultKey(source, vaultKey);
  const target = await openTarget(config, options.to, { vaultKey, source });
  const finish = async (): Promise<void> => {
    await options.beforeFinish?.();
    await target.finish();
  };
  try {
    return await shown(options, { label: options.label, source }, (log) => copyStores(source, { ...target, finish }, log));
  } finally {
    await target.close();
  }
}

async function openTarget(
  config: Config,
  to: 'servers' | 'embedded',
  copied: { readonly vaultKey: LoadedVaultKey; readonly source: CopySource },
): Promise<CopyTarget> {
  if (to === 'embedded' || config.servers === undefined) return openEmbeddedTarget({ dataDir: config.dataDir, ...copied });
  const { openServerTarget } = await import('./server-target.js');
  return openServerTarget({ servers: config.servers, ...copied });
}

async function openSource(config: Config, lock: 'lock' | 'share'): Promise<OpenedSource> {
  if (config.servers === undefined) return openFolderSource(config.dataDir, lock);
  return openServerSource(config.servers, await existingVaultKey(config));
}
