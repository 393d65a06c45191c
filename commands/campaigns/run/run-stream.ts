import { isEngineError } from '../../../contracts/errors.js';
import type { EventMetadata, Position } from '../../../contracts/events/event.js';
import { campaignRunDecider, type RunCommand } from '../../../domain/campaign/campaign-run.decider.js';
import { initialRun, type RunEvent, type RunState } from '../../../domain/campaign/campaign-run.state.js';
import { engineId } from '../../../domain/ids.js';
import { isoInstant, type Clock } from '../../../runtime/clock.js';
import type { EventStore } from '../../../stores/event-store/event-store.port.js';
import { engineEvent } from '../../engine-event.js';
import { runStreamName } from '../run-ids.js';

/** A run as one driver follows it: read once, then only what is new. */
export interface RunStream {
  readonly workspace: string;
  readonly runId: string;
  state(): RunState;
  /** The position of the newest event that is folded. */
  position(): Position;
  /** What the run's events name as their cause. */
  cause(): { readonly id: string; readonly metadata: EventMetadata } | undefined;
  /** Folds what was appended since. */
  refresh(): Promise<void>;
  /** Decides on the state as it stands, appends at exactly its revision, and starts over when another writer was faster. */
  execute(command: RunCommand): Promise<void>;
}

const ATTEMPTS = 5;

/** Opens a run for its driver; `onEvent` sees each event once, in order. */
export function openRunStream(
  deps: { readonly eventStore: EventStore; readonly clock: Clock; readonly newId: () => string },
  run: { readonly workspace: string; readonly runId: string; readonly onEvent?: (event: RunEvent) => void },
): RunStream {
  const { workspace, runId, onEvent } = run;
  const stream = runStreamName(workspace, runId);
  let state = initialRun;
  let revision = -1n;
  let position: Position = -1n;
  let cause: ReturnType<RunStream['cause']>;

  async function refresh(): Promise<void> {
    for await (const recorded of deps.eventStore.readStream(stream, { from: revision + 1n })) {
      const { type, data, id, metadata } = recorded;
      // The stream's category decides which events it can hold.
      const event = { type, data: data.plain } as unknown as RunEvent;
      state = campaignRunDecider.evolve(state, event);
      [revision, position] = [recorded.revision, recorded.position];
      if (type === 'campaign_run.started') cause = { id, metadata };
      onEvent?.(event);
    }
  }

  async function execute(command: RunCommand): Promise<void> {
    const call = deps.newId();
    for (let attempt = 1; ; attempt += 1) {
      const decided = campaignRunDecider.decide(command, state);
      if (decided.length === 0) return;
      const at = isoInstant(deps.clock());
      const events = decided.map(({ type, data }, index) =>
        engineEvent({
          // Of this call alone: another driver's event at this revision must not look like a repeat of it.
          id: engineId(stream, String(revision), String(index), type, call),
          type,
          data,
          workspace,
          actor: 'cebe',
          at,
          ...(cause === undefined ? {} : { cause }),
        }),
      );
      try {
        await deps.eventStore.append(stream, revision === -1n ? 'no_stream' : revision, events);
        await refresh();
        return;
      } catch (error) {
        if (!isEngineError(error, 'wrong_expected_revision') || attempt === ATTEMPTS) throw error;
        await refresh();
      }
    }
  }

  return { workspace, runId, state: () => state, position: () => position, cause: () => cause, refresh, execute };
}
