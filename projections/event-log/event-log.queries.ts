import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import type { Json } from '../../contracts/json.js';
import type { EventLog, StoredEntry, TailEntry, TailMessage } from '../../contracts/read-models/event-log.port.js';
import { maskValue } from '../../domain/identity/masking.js';
import type { Decoder } from '../../runtime/decode.js';
import type { DirectValues } from '../../runtime/direct-values.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import { wireProperties } from '../customers/wire-money.js';

export interface EventLogDeps {
  readonly eventStore: EventStore;
  readonly decoder: Decoder;
  readonly direct: DirectValues;
}

/** Reads the log for those who follow it or look into a stream. */
export function createEventLog(deps: EventLogDeps): EventLog {
  const { eventStore } = deps;
  return {
    async *tail(workspace, { after, categories, signal }) {
      const from = after ?? (await eventStore.head());
      for await (const message of eventStore.subscribe({ after: from, categories, signal })) {
        if (message.kind !== 'event') yield { kind: 'progress', position: message.position };
        else if (parseStreamName(message.event.stream)?.workspace === workspace) yield await tailMessage(deps, message.event);
      }
    },
    async stream(workspace, name, { from, limit }) {
      if (parseStreamName(name)?.workspace !== workspace) return [];
      const entries: StoredEntry[] = [];
      for await (const event of eventStore.readStream(name, { from, limit })) entries.push(storedEntry(event));
      return entries;
    },
  };
}

async function tailMessage(deps: EventLogDeps, recorded: RecordedEvent): Promise<TailMessage> {
  const [result] = await deps.decoder.decode([recorded], { opensQuasi: true });
  const { id, type, stream, revision, metadata, position } = recorded;
  const { occurred_at, received_at, source, message_id } = metadata;
  // An event that cannot be read is shown without its properties; a projection that needs them says why.
  const properties = result?.ok === true ? await maskedProperties(deps, result.event) : {};
  const head = { event_id: id, type, stream, revision: String(revision), occurred_at, received_at, source, message_id };
  const entry: TailEntry = { ...head, properties };
  return { kind: 'event', entry, position };
}

async function maskedProperties({ direct }: EventLogDeps, event: DecodedEvent): Promise<Readonly<Record<string, Json>>> {
  const fields = Object.entries(event.direct);
  if (fields.length === 0) return wireProperties(event.data);
  const references = fields.map(([, reference]) => reference);
  const owner = { workspace: event.stream.workspace, subject: subjectOfStream(event.stream) };
  const values = await direct.openDirect(references, owner);
  const masked = fields.flatMap(([field], index) => {
    const value = values[index];
    return value === undefined ? [] : [[field, maskValue(value)] as const];
  });
  return wireProperties({ ...event.data, ...Object.fromEntries(masked) });
}

function storedEntry({ id, type, revision, position, metadata, data }: RecordedEvent): StoredEntry {
  const sealed: Record<string, readonly string[]> = {};
  for (const part of data.sealed) sealed[part.class] = [...(sealed[part.class] ?? []), ...part.fields];
  const known = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return {
    event_id: id,
    type,
    revision: String(revision),
    position,
    metadata: Object.fromEntries(known),
    plain: data.plain,
    hashes: data.hashes,
    sealed_fields: sealed,
  };
}
