import { EngineError } from '../../contracts/errors.js';
import type { NewEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import type { JsonObject } from '../../contracts/json.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { sealBody } from '../../stores/vault/sealing.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import type { Vault } from '../../stores/vault/vault.port.js';

export interface SealingDeps {
  readonly eventStore: EventStore;
  readonly vault: Pick<Vault, 'ensureKeys'>;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Personal fields to be sealed into an event, by class. */
export interface SealedFields {
  readonly direct?: JsonObject;
  readonly quasi?: JsonObject;
}

/** The event with more fields, sealed under the key of the stream's subject; null where that key is destroyed. */
export async function withSealed(
  deps: SealingDeps,
  stream: string,
  event: NewEvent,
  fields: SealedFields,
): Promise<NewEvent | null> {
  const ref = parseStreamName(stream);
  if (ref === null) throw new EngineError('internal', `Expected a stream of the engine, found ${stream}.`);
  const { direct = {}, quasi = {} } = fields;
  const subject = subjectOfStream(ref);
  const key = (await deps.vault.ensureKeys(ref.workspace, [subject])).get(subject);
  if (key === undefined) return null;
  const { workspace } = ref;
  const { plain, hashes } = event.data;
  const data = sealBody(
    { plain, hashes, direct, quasi },
    { workspace, subject, eventId: event.id, key, randomBytes: deps.randomBytes },
  );
  return { ...event, data };
}

/** The store, with a person's reason sealed into everything that is appended through it. */
export function withReason(deps: SealingDeps, reason: string | undefined): EventStore {
  if (reason === undefined || reason === '') return deps.eventStore;
  return {
    ...deps.eventStore,
    async append(stream, expected, events) {
      const sealed = await Promise.all(
        events.map(async (event) => (await withSealed(deps, stream, event, { direct: { reason } })) ?? event),
      );
      return deps.eventStore.append(stream, expected, sealed);
    },
  };
}
