import { existsSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../contracts/errors.js';

const FILE = 'unfinished-copy.json';

/** Refuses, with `copy_unfinished`, a data folder that holds part of a copy only. */
export function assertNoUnfinishedCopy(dataDir: string): void {
  const of = unfinishedCopyOf(dataDir);
  if (of === null) return;
  throw new EngineError(
    'copy_unfinished',
    `Expected a whole log in ${dataDir}, found part of a copy of the log ${of}; run the same cebe restore or cebe migrate again: it goes on where it was cut off`,
    { details: { folder: dataDir, log: of } },
  );
}

/** The id of the log of which the folder holds a part; null for a folder where no copy was cut off. */
export function unfinishedCopyOf(dataDir: string): string | null {
  const file = join(dataDir, FILE);
  if (!existsSync(file)) return null;
  try {
    // Written by `beginCopy`.
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly of: string }).of;
  } catch {
    return 'unknown';
  }
}

/** Notes, before anything is copied, what the folder holds a part of from now on. */
export async function beginCopy(dataDir: string, of: string): Promise<void> {
  const file = join(dataDir, FILE);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ of }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  await syncFolder(dataDir);
}

/** Notes that the folder holds all of it. */
export async function finishCopy(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
  await syncFolder(dataDir);
}

/** Makes sure that names in a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
