import type { DecodedEvent } from '../../contracts/events/decoded-event.js';
import type { JsonObject } from '../../contracts/json.js';
import type { SharedFold } from '../reactor.js';
import type { DocumentCache } from './document-cache.js';

const SHARED_ID = 'cebe/shared';

/** What all decisions share, folded in log order; also in a generation that is being built, where nobody decides. */
export interface SharedState {
  load(): Promise<void>;
  /** The shared value with the event folded in, kept aside until `commit`. */
  fold(event: DecodedEvent): JsonObject;
  /** Folds an event that was blocked when its turn came: it counts from now on. */
  foldLate(event: DecodedEvent): void;
  /** What is committed. */
  current(): JsonObject;
  /** Forgets what was folded since the last commit. */
  rollback(): void;
  /** Writes it, if it changed, after the documents of its batch and before the checkpoint; answers whether it did. */
  commit(): Promise<boolean>;
}

const EMPTY: JsonObject = {};

/** The shared value of a reactor's fold; of nothing when there is no reactor. */
export function createSharedState(fold: SharedFold<JsonObject> | undefined, stored: DocumentCache): SharedState {
  let current = fold?.initial ?? EMPTY;
  let ahead = current;
  let position = -1n;
  let aheadPosition = position;

  return {
    async load() {
      if (fold === undefined) return;
      const known = (await stored.load([SHARED_ID])).get(SHARED_ID);
      if (known === undefined || known.body === null || known.position === 'none') return;
      current = ahead = known.body;
      position = aheadPosition = known.position;
    },
    fold(event) {
      if (fold === undefined || event.position <= aheadPosition || !fold.handles.includes(event.type)) return ahead;
      ahead = fold.evolve(ahead, event);
      aheadPosition = event.position;
      return ahead;
    },
    foldLate(event) {
      if (fold?.handles.includes(event.type) === true) ahead = fold.evolve(ahead, event);
    },
    current: () => current,
    rollback() {
      ahead = current;
      aheadPosition = position;
    },
    async commit() {
      const changed = ahead !== current;
      for (let isStored = !changed; !isStored;) {
        const expected = (await stored.load([SHARED_ID])).get(SHARED_ID)?.position ?? 'none';
        const lost = await stored.write([{ id: SHARED_ID, expected, position: aheadPosition, body: ahead }]);
        isStored = lost.size === 0;
      }
      current = ahead;
      position = aheadPosition;
      return changed;
    },
  };
}
