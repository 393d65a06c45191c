import { EngineError } from '../../contracts/errors.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { streamName } from '../../contracts/events/streams.js';
import type { DeadLetter, DeadLetters } from '../../contracts/read-models/dead-letters.port.js';
import type { Quarantine, QuarantineEntry } from '../../contracts/read-models/quarantine.port.js';
import { engineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openPart, sealBody } from '../../stores/vault/sealing.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { engineEvent } from '../engine-event.js';
import type { Ingest } from '../ingest/ingest.js';
import type { RawEntry } from '../ingest/prepare-entry.js';

export interface IngestDeadLettersDeps {
  readonly eventStore: EventStore;
  readonly vault: Vault;
  readonly ingest: Ingest;
  readonly quarantine: Quarantine;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Refused entries of modules: retrying sends the kept entry through ingest again, as its source. */
export function createIngestDeadLetters(deps: IngestDeadLettersDeps): DeadLetters {
  const streamOf = (workspace: string, id: string): string => streamName('quarantine', workspace, id);
  return {
    async list(workspace, walk) {
      const { entries, next } = await deps.quarantine.list(workspace, { ...walk, kind: 'ingest' });
      return { letters: entries.map(letterOf), next };
    },
    async groups(workspace) {
      const counts = await deps.quarantine.countByGroup(workspace, 'ingest');
      const groups = [...counts].map(async ([group, count]) => {
        const { entries } = await deps.quarantine.list(workspace, { kind: 'ingest', limit: 1, group });
        return entries.map((entry) => ({ kind: 'ingest', group, count, example: letterOf(entry) }) as const);
      });
      return (await Promise.all(groups)).flat().sort((a, b) => b.count - a.count);
    },
    async retry(workspace, reference, { actor, at }) {
      const { first, last, entry } = await load(deps, workspace, reference);
      const source = textOf(first.data.plain['source']);
      const request = { workspace, source, actor, entries: [entry], bytes: first.data.sealed[0]?.ct.length ?? 0 };
      const [receipt] = (await deps.ingest(request)).receipts;
      if (receipt === undefined) throw new EngineError('internal', 'expected a receipt for the retried entry, found none');
      const data = { status: receipt.status, event_id: receipt.event_id, ...('code' in receipt ? { code: receipt.code } : {}) };
      const id = engineId('quarantine.retried', reference, String(last));
      const event = engineEvent({ id, type: 'quarantine.retried', data, workspace, actor, at });
      await deps.eventStore.append(streamOf(workspace, reference), last, [event]);
      const resolved = receipt.status !== 'quarantined';
      return {
        id: `ingest:${reference}`,
        outcome: resolved ? 'resolved' : 'still_waiting',
        detail: 'code' in receipt ? receipt.code : receipt.status,
      };
    },
    async drop(workspace, reference, { actor, at, reason }) {
      const { last } = await load(deps, workspace, reference);
      const eventId = engineId('quarantine.dropped', reference);
      const subject = `quarantine/${reference}`;
      const key = (await deps.vault.ensureKeys(workspace, [subject])).get(subject);
      const fields = { plain: {}, hashes: {}, direct: reason === undefined ? {} : { reason }, quasi: {} };
      const data = sealBody(fields, { workspace, subject, eventId, key, randomBytes: deps.randomBytes });
      const event = engineEvent({ id: eventId, type: 'quarantine.dropped', data, workspace, actor, at });
      await deps.eventStore.append(streamOf(workspace, reference), last, [event]);
    },
  };
}

interface Loaded {
  readonly first: RecordedEvent;
  /** The stream's last revision. */
  readonly last: bigint;
  readonly entry: RawEntry;
}

async function load({ eventStore, vault }: IngestDeadLettersDeps, workspace: string, id: string): Promise<Loaded> {
  const events: RecordedEvent[] = [];
  for await (const event of eventStore.readStream(streamName('quarantine', workspace, id))) events.push(event);
  const [first] = events;
  const ended = events.some(
    ({ type, data }) =>
      type === 'quarantine.dropped' || (type === 'quarantine.retried' && data.plain['status'] !== 'quarantined'),
  );
  const [part] = first?.data.sealed ?? [];
  if (first === undefined || part === undefined || ended) {
    throw new EngineError('not_found', 'expected the id of a refused entry that waits, found none with this id');
  }
  const key = (await vault.openKeys([part.key_id])).get(part.key_id);
  if (!(key instanceof Uint8Array))
    throw new EngineError('key_destroyed', 'expected the key of the refused entry, found that it was destroyed');
  const { body } = openPart(part, key, { workspace, subject: `quarantine/${id}`, eventId: first.id });
  return { first, last: events.at(-1)?.revision ?? first.revision, entry: entryOf(textOf(body)) };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new EngineError('corrupt_event', 'expected text in the refused entry, found another value');
}

/** A line that was no JSON stays one, so that it is refused again with its reason. */
function entryOf(text: string): RawEntry {
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch {
    return { kind: 'unreadable', text, detail: 'Expected JSON; the line is none.', line: 1 };
  }
}

function letterOf(entry: QuarantineEntry): DeadLetter {
  const { quarantine_id: id, group, code, detail, since, source, bytes, pointer, event_type: type } = entry;
  const reference = {
    source,
    bytes,
    ...(pointer === undefined ? {} : { pointer }),
    ...(type === undefined ? {} : { event_type: type }),
  };
  return { id: `ingest:${id}`, kind: 'ingest', group, code, detail, reference, since };
}
