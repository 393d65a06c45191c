import { isEngineError } from '../../contracts/errors.js';
import type { EventMetadata, NewEvent, Position } from '../../contracts/events/event.js';
import { plainBody } from '../../contracts/events/engine-event.js';
import type { PlainData, PlainEventType } from '../../contracts/events/event-contracts.js';
import { engineId } from '../../domain/ids.js';
import { isRetryable, retry, type RetryPolicy } from '../../runtime/retry.js';
import type { EventStore } from '../../stores/event-store/event-store.port.js';
import { engineEvent } from '../engine-event.js';

/** Where and when an event about a message is recorded. */
export interface MessageEventContext {
  readonly workspace: string;
  readonly at: string;
  readonly cause?: { readonly id: string; readonly metadata: EventMetadata };
}

type MessageEventType = Extract<PlainEventType, `campaign.message_${string}`>;

/** An event about a message, with an id that follows from its type and `cause`: the same thing recorded again is the same event. */
export function messageEvent<Type extends MessageEventType>(
  type: Type,
  data: PlainData<Type>,
  context: MessageEventContext & { readonly idOf: readonly string[] },
): NewEvent {
  const { workspace, at, cause, idOf } = context;
  return engineEvent({
    id: engineId(type, workspace, ...idOf),
    type,
    data: plainBody(type, data),
    workspace,
    actor: 'cebe',
    at,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What must be recorded is tried until it is, or the process ends. */
export const untilRecorded: RetryPolicy = { attempts: Infinity, baseMs: 50, factor: 2, maxMs: 5_000, jitter: 0.3 };

/** True for failures of a store that may pass, as opposed to another writer having been faster. */
export function mayPass(error: unknown): boolean {
  return isRetryable(error) && !isEngineError(error, 'wrong_expected_revision');
}

/**
 * Records events that nobody else can have recorded at another place than behind `after`, whoever writes to the stream meanwhile; answers
 * the position of the last. Tries again while the store is away.
 */
export async function recordBehind(
  eventStore: EventStore,
  place: { readonly stream: string; readonly after: bigint; readonly signal: AbortSignal },
  events: readonly NewEvent[],
): Promise<Position> {
  const { stream, after, signal } = place;
  return retry(
    untilRecorded,
    async () => {
      try {
        return (await eventStore.append(stream, after === -1n ? 'no_stream' : after, events)).position;
      } catch (error) {
        if (!isEngineError(error, 'wrong_expected_revision')) throw error;
        const stored = await eventStore.appendOnce(stream, after, events);
        return stored.reduce((last, { position }) => (position > last ? position : last), -1n);
      }
    },
    { signal, mayRetry: isRetryable },
  );
}
