import { randomUUID } from 'node:crypto';
import { EngineError, isEngineError } from '../contracts/errors.js';
import type { EventMetadata, Position, RecordedEvent } from '../contracts/events/event.js';
import type { JsonObject } from '../contracts/json.js';
import type { Decider, DomainEvent } from '../domain/decider.js';
import { engineId } from '../domain/ids.js';
import type { EventStore } from '../stores/event-store/event-store.port.js';
import { engineEvent } from './engine-event.js';

/** Who commands, and what the command may rely on. */
export interface CommandContext {
  readonly workspace: string;
  readonly actor: string;
  /** ISO-8601 UTC with milliseconds. */
  readonly at: string;
  /** The revision that the caller saw (If-Match); absent: whatever stands now. */
  readonly ifRevision?: bigint;
  readonly cause?: { readonly id: string; readonly metadata: EventMetadata };
}

/** What a command led to: the stream's state and last revision, and the position of the last event (absent: nothing was to be done on a new stream). */
export interface CommandResult<State> {
  readonly state: State;
  readonly revision: bigint;
  readonly position: Position;
  readonly events: number;
}

export interface StreamState<State> {
  readonly state: State;
  readonly revision: bigint;
  readonly position: Position;
}

const ATTEMPTS = 5;

/** Folds a stream of plain engine events; state, last revision and last position (-1n where there is none). */
export async function loadStream<State, Event extends DomainEvent>(
  eventStore: EventStore,
  stream: string,
  decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
): Promise<StreamState<State>> {
  let loaded: StreamState<State> = { state: decider.initialState, revision: -1n, position: -1n };
  for await (const event of eventStore.readStream(stream)) {
    // The stream's category decides which events it can hold; nothing else writes engine streams.
    loaded = {
      state: decider.evolve(loaded.state, toDomainEvent(event) as Event),
      revision: event.revision,
      position: event.position,
    };
  }
  return loaded;
}

/**
 * Loads, decides, appends at exactly the loaded revision; starts over when another writer was faster, unless the caller named a revision.
 * Event ids are of this call alone, so that of two writers at one revision one wins and the other decides again.
 * Errors: `revision_stale` (If-Match), what `decide` refuses with, what the store throws.
 */
export async function handleCommand<State, Command, Event extends DomainEvent>(
  deps: { readonly eventStore: EventStore },
  target: { readonly stream: string; readonly decider: Decider<State, Command, Event>; readonly command: Command },
  context: CommandContext,
): Promise<CommandResult<State>> {
  // A store takes the same ids at the same revision for a repeat: another command must never look like one.
  const call = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    const loaded = await loadStream(deps.eventStore, target.stream, target.decider);
    if (context.ifRevision !== undefined && context.ifRevision !== loaded.revision) {
      throw new EngineError(
        'revision_stale',
        `expected revision ${String(context.ifRevision)}, found ${String(loaded.revision)}`,
      );
    }
    const decided = target.decider.decide(target.command, loaded.state);
    if (decided.length === 0) return { ...loaded, events: 0 };
    const events = decided.map((event, index) =>
      engineEvent({
        ...context,
        id: engineId(target.stream, String(loaded.revision), String(index), event.type, call),
        type: event.type,
        // Deciders of engine streams produce JSON-only data; their contracts are tested for it.
        data: event.data as JsonObject,
      }),
    );
    try {
      const stored = await deps.eventStore.append(target.stream, loaded.revision === -1n ? 'no_stream' : loaded.revision, events);
      const state = decided.reduce((folded, event) => target.decider.evolve(folded, event), loaded.state);
      return { state, revision: stored.revision, position: stored.position, events: events.length };
    } catch (error) {
      const lost = isEngineError(error, 'wrong_expected_revision') || isEngineError(error, 'event_id_taken');
      if (!lost || attempt === ATTEMPTS) throw error;
    }
  }
}

function toDomainEvent(event: RecordedEvent): DomainEvent {
  return { type: event.type, data: event.data.plain };
}
