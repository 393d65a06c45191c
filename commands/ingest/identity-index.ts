import { LRUCache } from 'lru-cache';
import { isEngineError } from '../../contracts/errors.js';
import type { NewEvent, RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';

/** Who owns an identifier now, and at which revision of its stream that was said (-1n: never claimed). */
export interface Ownership {
  readonly owner: string | null;
  readonly revision: bigint;
  /** It belonged to someone who was erased, and was not let back in. */
  readonly isErased?: true;
}

export interface Claim {
  readonly hash: string;
  readonly revision: bigint;
  readonly owner: string;
  readonly event: NewEvent;
}

/** Who owns which identifier, answered from the identity streams and remembered. */
export interface IdentityIndex {
  ownersOf(workspace: string, hashes: readonly string[]): Promise<ReadonlyMap<string, Ownership>>;
  /** Appends the claims; answers false when another writer was faster with one of them (ask for the owners again). */
  claim(workspace: string, claims: readonly Claim[]): Promise<boolean>;
  /** Reads the owners of these from the log the next time. */
  forget(workspace: string, hashes: readonly string[]): void;
}

const UNCLAIMED: Ownership = { owner: null, revision: -1n };

/** An index over `identity-<workspace>.<hash>` that keeps the identifiers seen last in memory. */
export function createIdentityIndex(options: {
  readonly eventStore: EventStore;
  readonly cachedIdentifiers: number;
}): IdentityIndex {
  const { eventStore } = options;
  const cache = new LRUCache<string, Ownership>({ max: options.cachedIdentifiers });

  const read = async (stream: string): Promise<Ownership> => {
    for await (const event of eventStore.readStream(stream, { direction: 'backwards', limit: 1 })) return ownershipAfter(event);
    return UNCLAIMED;
  };

  return {
    async ownersOf(workspace, hashes) {
      const owners = new Map<string, Ownership>();
      const unknown = new Map<string, string>();
      for (const hash of hashes) {
        const stream = streamName('identity', workspace, hash);
        const cached = cache.get(stream);
        if (cached === undefined) unknown.set(stream, hash);
        else owners.set(hash, cached);
      }
      if (unknown.size === 0) return owners;
      // Nearly all that are unknown are new: one question tells which.
      const heads = await eventStore.streamHeads([...unknown.keys()]);
      await Promise.all(
        Array.from(unknown, async ([stream, hash]) => {
          const ownership = heads.get(stream) === -1n ? UNCLAIMED : await read(stream);
          if (ownership.owner !== null) cache.set(stream, ownership);
          owners.set(hash, ownership);
        }),
      );
      return owners;
    },

    async claim(workspace, claims) {
      const outcomes = await Promise.all(
        claims.map(async ({ hash, revision, owner, event }) => {
          const stream = streamName('identity', workspace, hash);
          try {
            const stored = await eventStore.append(stream, revision === -1n ? 'no_stream' : revision, [event]);
            cache.set(stream, { owner, revision: stored.revision });
            return true;
          } catch (error) {
            cache.delete(stream);
            if (isEngineError(error, 'wrong_expected_revision') || isEngineError(error, 'event_id_taken')) return false;
            throw error;
          }
        }),
      );
      return outcomes.every(Boolean);
    },

    forget(workspace, hashes) {
      for (const hash of hashes) cache.delete(streamName('identity', workspace, hash));
    },
  };
}

function ownershipAfter(event: RecordedEvent): Ownership {
  const { owner, cause } = event.data.plain;
  const { revision } = event;
  if (event.type === 'identity.claimed') return { owner: typeof owner === 'string' ? owner : null, revision };
  return { owner: null, revision, ...(cause === 'erased' ? { isErased: true } : {}) };
}
