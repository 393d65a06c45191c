import { isEngineError } from '../../contracts/errors.js';
import { BEFORE_FIRST, type RecordedEvent } from '../../contracts/events/event.js';
import { parseStreamName } from '../../contracts/events/streams.js';
import { engineId } from '../../domain/ids.js';
import { openPart } from '../../stores/vault/sealing.js';
import { subjectOfStream } from '../../stores/vault/subjects.js';
import { engineEvent } from '../engine-event.js';
import type { ErasureDeps } from './erasure-deps.js';

export interface RefusedEntriesQuestion {
  readonly workspace: string;
  readonly erasureId: string;
  readonly at: string;
  readonly isAbout: (text: string) => boolean;
}

const AT_ONCE = 500;

/**
 * Ends all refused entries about the person, whatever became of them, and destroys their keys. Only their sealed bodies tell whom they are
 * about, so each that still opens is looked at. Answers how many this erasure ended, also before a restart.
 */
export async function destroyRefusedEntries(deps: ErasureDeps, question: RefusedEntriesQuestion): Promise<number> {
  const ended = new Set<string>();
  let batch: RecordedEvent[] = [];
  const look = async (): Promise<void> => {
    for (const stream of await streamsAboutPerson(deps, batch, question)) ended.add(stream);
    batch = [];
  };
  for await (const event of deps.eventStore.readAll({ after: BEFORE_FIRST, categories: ['quarantine'] })) {
    if (parseStreamName(event.stream)?.workspace !== question.workspace) continue;
    if (event.type === 'quarantine.expired' && event.data.plain['erasure'] === question.erasureId) ended.add(event.stream);
    if (event.data.sealed.length > 0) batch.push(event);
    if (batch.length >= AT_ONCE) await look();
  }
  await look();
  for (const stream of ended) await end(deps, stream, question);
  return ended.size;
}

async function streamsAboutPerson(
  deps: ErasureDeps,
  events: readonly RecordedEvent[],
  { isAbout }: RefusedEntriesQuestion,
): Promise<readonly string[]> {
  const keys = await deps.vault.openKeys([...new Set(events.flatMap(({ data }) => data.sealed.map(({ key_id }) => key_id)))]);
  return events
    .filter((event) => event.data.sealed.some((part) => textsOf(event, part, keys.get(part.key_id)).some(isAbout)))
    .map(({ stream }) => stream);
}

function textsOf(
  event: RecordedEvent,
  part: RecordedEvent['data']['sealed'][number],
  key: Uint8Array | 'destroyed' | undefined,
): readonly string[] {
  const stream = parseStreamName(event.stream);
  if (!(key instanceof Uint8Array) || stream === null) return [];
  try {
    const values = openPart(part, key, { workspace: stream.workspace, subject: subjectOfStream(stream), eventId: event.id });
    return Object.values(values).filter((value) => typeof value === 'string');
  } catch (error) {
    // What is damaged opens for nobody.
    if (isEngineError(error, 'corrupt_event')) return [];
    throw error;
  }
}

/** The fact comes before the deed: what the log says is done again after a crash. */
async function end(deps: ErasureDeps, stream: string, { workspace, erasureId, at }: RefusedEntriesQuestion): Promise<void> {
  const id = engineId('quarantine.expired', stream, erasureId);
  const event = engineEvent({ id, type: 'quarantine.expired', data: { erasure: erasureId }, workspace, actor: 'cebe', at });
  await deps.eventStore.appendOnce(stream, -1n, [event]);
  await deps.vault.destroyKey(workspace, `quarantine/${parseStreamName(stream)?.id ?? ''}`);
}
