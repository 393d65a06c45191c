import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './folder-sync.js';
import { systemErrorCode } from './outbox-files.js';
import { messageFile } from './outbox-paths.js';

/** Deletes the messages to these customers from all runs of a workspace, durably; answers how many there were. */
export async function forgetMessages(workspaceFolder: string, customers: readonly string[]): Promise<number> {
  let deleted = 0;
  for (const run of await foldersIn(workspaceFolder)) {
    const folder = join(workspaceFolder, run);
    const outcomes = await Promise.all(customers.map((customer) => remove(join(folder, messageFile(customer)))));
    const gone = outcomes.filter(Boolean).length;
    if (gone > 0) await syncFolder(folder);
    deleted += gone;
  }
  return deleted;
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
