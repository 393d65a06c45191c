import type { Position } from '../../contracts/events/event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ReactorState } from '../reactor.js';
import type { DocumentCache } from './document-cache.js';

/** What is stored of one key's state. */
export interface StoredState {
  /** The log position of the last event decided about; `none` when nothing is stored. */
  readonly position: Position | 'none';
  readonly state: ReactorState | null;
  /** The last revision of the reactor's own events that the state includes, -1n when it is not known. */
  readonly own: bigint;
}

export interface StateChange {
  readonly key: string;
  readonly stored: StoredState;
  readonly state: ReactorState;
  readonly position: Position;
  readonly own: bigint;
}

/** The states of one reactor. */
export interface ReactorStates {
  readonly collection: string;
  /** An entry for every key. */
  load(keys: readonly string[]): Promise<ReadonlyMap<string, StoredState>>;
  /** Begins to read what a later `load` will ask for. */
  prefetch(keys: readonly string[]): void;
  /** Compare-and-set; answers the keys that lost. */
  write(changes: readonly StateChange[]): Promise<ReadonlySet<string>>;
}

/** Stands beside the fields of the state, so that indexes reach those. */
const OWN_REVISION = 'own_revision';

/** The states in a collection. */
export function createReactorStates(cache: DocumentCache): ReactorStates {
  return {
    collection: cache.collection,
    async load(keys) {
      const loaded = await cache.load(keys);
      return new Map([...loaded].map(([key, { position, body }]) => [key, { position, ...parse(body) }]));
    },
    prefetch: (keys) => cache.prefetch(keys),
    write(changes) {
      return cache.write(
        changes.map(({ key, stored, state, position, own }) => ({
          id: key,
          expected: stored.position,
          position,
          body: { ...state, [OWN_REVISION]: own.toString() },
        })),
      );
    },
  };
}

function parse(body: JsonObject | null): Pick<StoredState, 'state' | 'own'> {
  if (body === null) return { state: null, own: -1n };
  const { [OWN_REVISION]: own, ...state } = body;
  // Only `write` fills this collection, so what is left is a state.
  return { state: state as ReactorState, own: typeof own === 'string' ? BigInt(own) : -1n };
}
