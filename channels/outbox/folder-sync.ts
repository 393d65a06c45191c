import { open } from 'node:fs/promises';

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface FolderTurns {
  running: Promise<void>;
  next: Promise<void> | null;
}

/**
 * Shares folder syncs: a call resolves after a sync that began after the call, and all calls that wait for the same turn share it.
 * A failed sync fails everyone who waited for it.
 */
export function createSharedSync(sync: (path: string) => Promise<void> = syncFolder): (path: string) => Promise<void> {
  const folders = new Map<string, FolderTurns>();

  function begin(path: string): Promise<void> {
    const running = sync(path);
    const turns: FolderTurns = { running, next: null };
    folders.set(path, turns);
    const forget = (): void => {
      if (folders.get(path) === turns && turns.next === null) folders.delete(path);
    };
    running.then(forget, forget);
    return running;
  }

  return (path) => {
    const turns = folders.get(path);
    if (turns === undefined) return begin(path);
    turns.next ??= turns.running.then(
      () => begin(path),
      () => begin(path),
    );
    return turns.next;
  };
}
