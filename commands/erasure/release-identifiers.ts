import { plainBody } from '../../contracts/events/engine-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import { isEngineError } from '../../contracts/errors.js';
import { engineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { engineEvent } from '../engine-event.js';

export interface Release {
  readonly workspace: string;
  readonly actor: string;
  readonly at: string;
  readonly hashes: Iterable<string>;
  /** Whose identifiers are released; those of others stay theirs. */
  readonly owners: ReadonlySet<string>;
  /** `erased`: nobody gets them whom the workspace does not let back in. `reopened`: anybody may claim them again. */
  readonly cause: 'erased' | 'reopened';
}

/** Releases identifiers by their keyed hashes; doing it again changes nothing. Answers how many stand released so. */
export async function releaseIdentifiers(eventStore: EventStore, release: Release): Promise<number> {
  let released = 0;
  for (const hash of release.hashes) if (await releaseOne(eventStore, hash, release)) released += 1;
  return released;
}

async function releaseOne(eventStore: EventStore, hash: string, release: Release): Promise<boolean> {
  const stream = streamName('identity', release.workspace, hash);
  for (;;) {
    const last = await lastOf(eventStore, stream);
    const owner = last?.data.plain['owner'];
    if (last === null || typeof owner !== 'string' || !release.owners.has(owner)) return false;
    const isReleased = last.type === 'identity.released';
    if (isReleased && last.data.plain['cause'] === release.cause) return true;
    // Nothing to let back in where nothing was kept out.
    if (release.cause === 'reopened' && !(isReleased && last.data.plain['cause'] === 'erased')) return false;
    const { workspace, actor, at, cause } = release;
    const id = engineId('identity.released', stream, String(last.revision), cause);
    const data = plainBody('identity.released', { owner, cause });
    try {
      await eventStore.append(stream, last.revision, [
        engineEvent({ id, type: 'identity.released', data, workspace, actor, at }),
      ]);
      return true;
    } catch (error) {
      if (!isEngineError(error, 'wrong_expected_revision')) throw error;
    }
  }
}

async function lastOf(eventStore: EventStore, stream: string): Promise<RecordedEvent | null> {
  for await (const event of eventStore.readStream(stream, { direction: 'backwards', limit: 1 })) return event;
  return null;
}
