import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../contracts/errors.js';
import { syncFolder, writeDurably } from '../../stores/durable-file.js';

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
  await writeDurably(join(dataDir, FILE), JSON.stringify({ of }));
}

/** Notes that the folder holds all of it. */
export async function finishCopy(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
  await syncFolder(dataDir);
}
