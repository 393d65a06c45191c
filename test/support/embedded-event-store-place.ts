import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedEventStore, type OpenedEventStore } from '../../stores/event-store/embedded/open-embedded-event-store.js';

/** A folder for one log. */
export interface EmbeddedEventStorePlace {
  readonly file: string;
  open(): Promise<OpenedEventStore>;
  dispose(): Promise<void>;
}

/** A new folder with an empty log in it. */
export async function embeddedEventStorePlace(): Promise<EmbeddedEventStorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'cebe-log-'));
  const file = join(folder, 'log.sqlite');
  return {
    file,
    open: () => openEmbeddedEventStore({ file }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
