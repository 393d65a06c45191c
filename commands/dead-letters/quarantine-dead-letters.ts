import { EngineError } from '../../contracts/errors.js';
import type { RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName, streamName } from '../../contracts/events/streams.js';
import type { DeadLetter, DeadLetters } from '../../contracts/read-models/dead-letters.port.js';
import type { Quarantine, QuarantineEntry } from '../../contracts/read-models/quarantine.port.js';
import { engineId } from '../../domain/ids.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { openPart, sealBody } from '../../stores/vault/sealing.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import type { Vault } from '../../stores/vault/vault.port.js';
import { engineEvent } from '../engine-event.js';

/** What became of a kept entry that was sent again. */
export interface Resent {
  readonly status: 'accepted' | 'duplicate' | 'quarantined';
  /** Why it was refused again. */
  readonly code?: string;
  readonly event_id?: string;
}

/** Sends a kept entry, as it was received, through where it came in; refusals are answers, not errors. */
export type Resend = (entry: {
  readonly workspace: string;
  readonly source: string;
  readonly actor: string;
  readonly text: string;
  /** The quarantine that keeps it. */
  readonly keptAs: string;
}) => Promise<Resent>;

export interface QuarantineDeadLettersDeps {
  readonly kind: 'ingest' | 'webhook';
  readonly eventStore: EventStore;
  readonly vault: Vault;
  readonly quarantine: Quarantine;
  readonly resend: Resend;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** Refused entries of one kind: retrying sends the kept entry again, as its source. */
export function createQuarantineDeadLetters(deps: QuarantineDeadLettersDeps): DeadLetters {
  const { kind } = deps;
  const streamOf = (workspace: string, id: string): string => streamName('quarantine', workspace, id);
  return {
    async list(workspace, walk) {
      const { entries, next } = await deps.quarantine.list(workspace, { ...walk, kind });
      return { letters: entries.map(letterOf), next };
    },
    async get(workspace, reference) {
      const entry = await deps.quarantine.get(workspace, reference);
      if (entry?.kind !== kind) throw unknownEntry();
      return letterOf(entry);
    },
    async groups(workspace) {
      const counts = await deps.quarantine.countByGroup(workspace, kind);
      const groups = [...counts].map(async ([group, count]) => {
        const { entries } = await deps.quarantine.list(workspace, { kind, limit: 1, group });
        return entries.map((entry) => ({ kind, group, count, example: letterOf(entry) }));
      });
      return (await Promise.all(groups)).flat().sort((a, b) => b.count - a.count);
    },
    async retry(workspace, reference, { actor, at }) {
      const { first, last } = await find(deps, workspace, reference);
      const text = await textIn(deps, workspace, first);
      const source = textOf(first.data.plain['source']);
      const resent = await deps.resend({ workspace, source, actor, text, keptAs: reference });
      const id = engineId('quarantine.retried', reference, String(last));
      const event = engineEvent({ id, type: 'quarantine.retried', data: { ...resent }, workspace, actor, at });
      await deps.eventStore.append(streamOf(workspace, reference), last, [event]);
      const outcome = resent.status === 'quarantined' ? 'still_waiting' : 'resolved';
      return { id: `${kind}:${reference}`, outcome, detail: resent.code ?? resent.status };
    },
    async drop(workspace, reference, { actor, at, reason }) {
      const { last } = await find(deps, workspace, reference);
      const eventId = engineId('quarantine.dropped', reference);
      const subject = `quarantine/${reference}`;
      const key = (await deps.vault.ensureKeys(workspace, [subject])).get(subject);
      const fields = { plain: {}, hashes: {}, direct: reason === undefined || key === undefined ? {} : { reason }, quasi: {} };
      const data = sealBody(fields, { workspace, subject, eventId, key, randomBytes: deps.randomBytes });
      const event = engineEvent({ id: eventId, type: 'quarantine.dropped', data, workspace, actor, at });
      await deps.eventStore.append(streamOf(workspace, reference), last, [event]);
    },
  };
}

interface Found {
  readonly first: RecordedEvent;
  /** The stream's last revision. */
  readonly last: bigint;
}

async function find({ eventStore }: QuarantineDeadLettersDeps, workspace: string, id: string): Promise<Found> {
  const events: RecordedEvent[] = [];
  for await (const event of eventStore.readStream(streamName('quarantine', workspace, id))) events.push(event);
  const [first] = events;
  const ended = events.some(
    ({ type, data }) =>
      type === 'quarantine.dropped' ||
      type === 'quarantine.expired' ||
      (type === 'quarantine.retried' && data.plain['status'] !== 'quarantined'),
  );
  if (first === undefined || ended) throw unknownEntry();
  return { first, last: events.at(-1)?.revision ?? first.revision };
}

/** The entry as it was received. */
async function textIn(
  { vault }: QuarantineDeadLettersDeps,
  workspace: string,
  { id, stream, data }: RecordedEvent,
): Promise<string> {
  const [part] = data.sealed;
  const key = part && (await vault.openKeys([part.key_id])).get(part.key_id);
  if (part === undefined || !(key instanceof Uint8Array))
    throw new EngineError('key_destroyed', 'expected the body of the refused entry, found that it was destroyed or never kept');
  const subject = subjectOfStream(parseStreamName(stream) ?? { category: 'quarantine', workspace, id: '' });
  return textOf(openPart(part, key, { workspace, subject, eventId: id })['body']);
}

function unknownEntry(): EngineError {
  return new EngineError('not_found', 'expected the id of a refused entry that waits, found none with this id');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new EngineError('corrupt_event', 'expected text in the refused entry, found another value');
}

function letterOf(entry: QuarantineEntry): DeadLetter {
  const { quarantine_id: id, kind, group, code, detail, since, source, bytes, pointer, line, event_type: type } = entry;
  const reference = {
    source,
    bytes,
    ...(pointer === undefined ? {} : { pointer }),
    ...(line === undefined ? {} : { line }),
    ...(type === undefined ? {} : { event_type: type }),
  };
  return { id: `${kind}:${id}`, kind, group, code, detail, reference, since };
}
