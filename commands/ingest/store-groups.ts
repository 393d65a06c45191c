import { isEngineError } from '../../contracts/errors.js';
import type { NewEvent } from '../../contracts/events/event.js';
import type { StoredAt } from '../../stores/event-store/event-store.port.js';
import type { StreamWriter } from '../stream-writer.js';

/** Events for one stream, in the order in which they are to stand there. */
export interface StreamGroup {
  readonly stream: string;
  /** At or below every place where one of the events may stand already. */
  readonly after: bigint;
  /** True when none of the ids was known before: nothing needs to be looked for. */
  readonly fresh: boolean;
  readonly events: readonly NewEvent[];
}

export interface StoredGroups {
  readonly stored: ReadonlyMap<string, StoredAt>;
  /** Ids of groups that were refused because the log holds one of their ids elsewhere: look them up again. */
  readonly taken: readonly string[];
}

/** Appends all groups at once; each is stored whole or not at all, and one that is refused costs the others nothing. */
export async function storeGroups(writer: StreamWriter, groups: readonly StreamGroup[]): Promise<StoredGroups> {
  const stored = new Map<string, StoredAt>();
  const taken: string[] = [];
  const append = async (group: StreamGroup): Promise<void> => {
    try {
      const { stream, after, events } = group;
      const outcomes = group.fresh ? await writer.append(stream, after, events) : await writer.appendOnce(stream, after, events);
      for (const outcome of outcomes) stored.set(outcome.id, outcome);
    } catch (error) {
      if (!isEngineError(error, 'event_id_taken')) throw error;
      taken.push(...group.events.map(({ id }) => id));
    }
  };
  const settled = await Promise.allSettled(groups.map(append));
  const failure = settled.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return { stored, taken };
}
